import { kindOf } from "./kind-of.js";

/** The methods that an extension is for: exact names, or with one `*` at their beginning or end. */
export class MethodScope {
  readonly patterns: readonly string[];
  readonly #tests: readonly ((method: string) => boolean)[];

  /** @throws {TypeError} for what is no list of patterns. @param where how errors name the host */
  constructor(where: string, extension: string, patterns: unknown) {
    const wrong = (got: string): TypeError =>
      new TypeError(
        `${where}: the methods of extension "${extension}" must be a list of names, each with at most one "*", at its beginning or end; got ${got}`,
      );
    if (!Array.isArray(patterns)) throw wrong(kindOf(patterns));
    if (patterns.length === 0) throw wrong("an empty list");
    this.patterns = [...(patterns as readonly string[])];
    this.#tests = this.patterns.map((pattern) => {
      const test = typeof pattern === "string" ? testOf(pattern) : undefined;
      if (test === undefined) throw wrong(typeof pattern === "string" ? `"${pattern}"` : kindOf(pattern));
      return test;
    });
  }

  has(method: string): boolean {
    return this.#tests.some((test) => test(method));
  }

  /** The patterns that none of the methods fits. */
  without(methods: readonly string[]): string[] {
    return this.patterns.filter((_, index) => !methods.some((method) => this.#tests[index]?.(method)));
  }
}

/** Undefined for what is no pattern. Names have a case. */
function testOf(pattern: string): ((method: string) => boolean) | undefined {
  if (pattern === "") return undefined;
  const star = pattern.indexOf("*");
  if (star === -1) return (method) => method === pattern;
  if (star !== pattern.lastIndexOf("*")) return undefined;
  if (star === pattern.length - 1) return (method) => method.startsWith(pattern.slice(0, -1));
  return star === 0 ? (method) => method.endsWith(pattern.slice(1)) : undefined;
}
