/** What a file is that is recognised and cannot be loaded. */
export interface ForeignKind {
  /** `an ISO 9660 image`. */
  readonly what: string;
  /** The rest of a sentence; undefined where there is nothing but `--format flat`. */
  readonly wayOut?: string;
  /**
   * It may be meant to run as it is, as a boot sector may: a `mode` or `load` address that is given says
   * so. Else only `--format flat` does.
   */
  readonly mayBeFlat?: true;
}
