/** A broken rule, where it is broken, and the rule in words. */
export type Violation = { readonly file: string; readonly line: number; readonly text: string };
