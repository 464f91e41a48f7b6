import { kindOf } from "./kind-of.js";
import { methodPattern } from "./method-pattern.js";

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
      const test = typeof pattern === "string" ? methodPattern(pattern) : undefined;
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
