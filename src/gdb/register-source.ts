/** A register of a state by its name in the trace, or `pc`; undefined where it is not recorded. */
export type RegisterSource = (name: string) => bigint | undefined;
