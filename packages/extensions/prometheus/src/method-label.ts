/** Stands for methods that nobody has, or that are too many: each label is a row that stays. */
export const OTHER = "_OTHER";

/** A client without a contract may call any number of methods. */
const MAX_METHODS = 200;

/** The names of the first methods that a client calls; of further ones `OTHER`. */
export class MethodLabels {
  readonly #known = new Set<string>();

  of(method: string): string {
    if (this.#known.has(method)) return method;
    if (this.#known.size >= MAX_METHODS) return OTHER;
    this.#known.add(method);
    return method;
  }
}

/** `2xx` to `5xx`, as such; what is no status of HTTP's is `other`. */
export function statusClass(statusCode: number): string {
  const hundreds = Math.floor(statusCode / 100);
  return hundreds >= 1 && hundreds <= 5 ? `${hundreds}xx` : "other";
}
