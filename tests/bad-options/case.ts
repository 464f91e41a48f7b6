/** Something wrong, and what the error must say: where it was, what it was, what was expected. */
export type Case = [what: string, act: () => unknown, says: RegExp];

/** Lets an argument through that no type allows: JavaScript users have no types. */
// biome-ignore lint/suspicious/noExplicitAny: wrong arguments are the point
export const wrongly = (value: unknown): any => value;
