import { inspect } from "node:util";

/** What may never be said: the passwords of brokers, and what else a test calls a secret. */
export class Secrets {
  readonly #forms = new Set<string>();

  /** Whatever is a secret in the URL of a broker. A password that is a common word counts where it stands as one. */
  addUrl(url: string): void {
    const { username, password } = new URL(url);
    if (password === "") return;
    const [user, word] = [decodeURIComponent(username), decodeURIComponent(password)];
    for (const form of [
      `${username}:${password}`,
      `:${password}@`,
      `"password":"${word}"`,
      `password: '${word}'`,
    ])
      this.#forms.add(form);
    const plain = Buffer.from(`\0${user}\0${word}`);
    for (const form of [plain.toString("base64"), plain.toString("hex"), plain.toString("latin1")])
      this.#forms.add(form);
    if (word !== user) this.add(word);
  }

  add(secret: string): void {
    this.#forms.add(secret);
  }

  /** The secret that a text, or an object however it is printed, shows; undefined: none. */
  shownBy(said: unknown): string | undefined {
    const text = typeof said === "string" ? said : allOf(said);
    return [...this.#forms].find((form) => text.includes(form));
  }
}

function allOf(said: unknown): string {
  // A handler may throw what throws when it is looked at.
  try {
    const printed = inspect(said, { depth: 8, showHidden: true, maxStringLength: 100_000 });
    return said instanceof Error
      ? [said.message, said.stack, JSON.stringify(said), printed].join("\n")
      : printed;
  } catch {
    return "";
  }
}
