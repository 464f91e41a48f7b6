/** What every answer must be: a function of the call, so that an answer to another call is seen to be one. */
export function answerTo(id: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** The items of a stream. */
export function itemsOf(id: string, seed: number, items: number): number[] {
  return Array.from({ length: items }, (_, index) => answerTo(id, seed + index));
}
