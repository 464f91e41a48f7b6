/** How many values a value may stand in, one within the other. */
export const MAX_DEPTH = 64;

/** The time that a bigint takes to read grows faster than its digits. */
export const MAX_BIGINT_DIGITS = 10_000;
