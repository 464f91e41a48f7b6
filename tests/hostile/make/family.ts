/** Collects the entries of one file. Ids are `family/name`. */
export class Families<E extends { readonly id: string; readonly what: string }> {
  readonly #entries = new Map<string, E>();

  /** @param cases name, what is strange about it, and the rest of the entry */
  add(
    family: string,
    cases: readonly (readonly [name: string, what: string, fields: Omit<E, "id" | "what">])[],
  ): void {
    for (const [name, what, fields] of cases) {
      const id = `${family}/${name}`;
      if (this.#entries.has(id)) throw new Error(`two entries are called ${id}`);
      this.#entries.set(id, { id, what, ...fields } as E);
    }
  }

  get entries(): readonly E[] {
    return [...this.#entries.values()];
  }
}
