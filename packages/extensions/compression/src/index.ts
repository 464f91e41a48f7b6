/**
 * Large messages, compressed on their way.
 * @packageDocumentation
 */
export { compression } from "./compression.js";
export type { Encoding } from "./encodings.js";
export type { CompressionOptions } from "./options.js";
