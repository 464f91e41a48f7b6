/** Of any realm: some test environments have a Uint8Array of their own beside the host's. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || Object.prototype.toString.call(value) === "[object Uint8Array]";
}

/** Not `slice()`, which gives a view of the same memory where a subclass says so. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
