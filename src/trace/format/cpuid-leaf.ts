/** A leaf of CPUID as the guest sees it. */
export interface CpuidLeaf {
  readonly function: number;
  readonly index: number;
  readonly flags: number;
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}
