/** `proto` of either name, as it is or with one of its letters escaped: what does not match holds neither. */
const SUSPECT = /proto|\\u00(?:7[024]|6[fF])/;

/**
 * Whether JSON has a key that could reach an object's prototype where somebody merges what he got into an object of his:
 * `__proto__`, or `constructor` with an object that has `prototype`.
 * @param meaning what the text says; asked for only where the text gives reason to
 */
export function hasPrototypeKeys(text: string, meaning: () => unknown): boolean {
  return SUSPECT.test(text) && reachesPrototype(meaning());
}

/** The value is no deeper than the limit on JSON's depth. */
function reachesPrototype(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(reachesPrototype);
  if (Object.hasOwn(value, "__proto__")) return true;
  return Object.entries(value).some(
    ([name, member]) => (name === "constructor" && hasPrototype(member)) || reachesPrototype(member),
  );
}

function hasPrototype(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "prototype");
}
