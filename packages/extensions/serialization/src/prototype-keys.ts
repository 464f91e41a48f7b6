/** `proto`, which both `__proto__` and `prototype` have: texts stand in these forms as they are. */
const SUSPECT = [0x70, 0x72, 0x6f, 0x74, 0x6f];

/**
 * Whether a body has a key that could reach an object's prototype where somebody merges what he got into an object of his: `__proto__`, or
 * `constructor` with an object that has `prototype`. As in JSON.
 * @param value what the body says; looked at only where the bytes give reason to
 */
export function hasPrototypeKeys(body: Uint8Array, value: () => unknown): boolean {
  const [first = 0] = SUSPECT;
  for (let at = body.indexOf(first); at !== -1; at = body.indexOf(first, at + 1)) {
    if (SUSPECT.every((byte, index) => body[at + index] === byte)) return reachesPrototype(value());
  }
  return false;
}

function reachesPrototype(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return false;
  if (Array.isArray(value)) return value.some(reachesPrototype);
  if (value instanceof Map) return [...value].flat().some(reachesPrototype);
  if (Object.hasOwn(value, "__proto__")) return true;
  return Object.entries(value).some(
    ([name, member]) => (name === "constructor" && hasPrototype(member)) || reachesPrototype(member),
  );
}

function hasPrototype(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "prototype");
}
