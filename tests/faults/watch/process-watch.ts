import { setTimeout as delay } from "node:timers/promises";

/** What is written, and which errors nobody caught, in this process while a file's tests run. */
export class ProcessWatch {
  readonly uncaught: unknown[] = [];
  readonly said: string[] = [];
  #before = new Map<string, number>();

  /** To be called once for a process. */
  begin(): void {
    for (const event of ["uncaughtException", "unhandledRejection"] as const)
      process.on(event, (reason: unknown) => this.uncaught.push(reason));
    for (const stream of [process.stdout, process.stderr]) this.#hear(stream, "write");
    for (const method of ["debug", "error", "info", "log", "warn"] as const) this.#hear(console, method);
    this.#before = held();
  }

  /** What keeps this process alive now and did not at the beginning, by kind; empty within the time if all is well. */
  async left(withinMs: number): Promise<readonly string[]> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const more = [...held()].filter(([kind, count]) => count > (this.#before.get(kind) ?? 0));
      if (more.length === 0 || performance.now() > untilMs)
        return more.map(([kind, count]) => `${count} ${kind}`);
      await delay(20);
    }
  }

  #hear<Name extends string>(to: { [K in Name]: (...words: never[]) => unknown }, method: Name): void {
    const original = to[method] as (...words: unknown[]) => unknown;
    const heard = (...words: unknown[]): unknown => {
      this.said.push(words.map(String).join(" "));
      return original.apply(to, words);
    };
    to[method] = heard as (typeof to)[Name];
  }
}

function held(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
