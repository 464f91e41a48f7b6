import { expect } from "vitest";
import { Program } from "./program.js";
import type { CallerOptions, CallerProgress, CallerSummary } from "./programs/caller-report.js";

/** How much later than its deadline a call may end. */
const GRACE_MS = 250;

/** The load program, and what it tells. */
export class Caller implements AsyncDisposable {
  readonly program: Program;

  /** @param url where its service is */
  constructor(url: string, options: CallerOptions) {
    const env = { PORTHOS_URL: url };
    this.program = new Program("tests/programs/caller.ts", { env, args: [JSON.stringify(options)] });
  }

  /** Resolves once so many calls more than now have had their answers. */
  async answersMore(count: number, ms: number): Promise<void> {
    const from = this.program.lines.length;
    const before = progressOf(this.program.lines.at(-1)).answered;
    const goal = before + count;
    for (let index = from; ; index++) {
      const line = await this.program.line(/^\{/, { from: index, ms });
      if (progressOf(line).answered >= goal) return;
    }
  }

  /** Lets the calls under way end, and tells what became of all. */
  async summary(ms: number): Promise<CallerSummary> {
    const line = await this.program.line(/^\{"summary"/, { ms });
    return (JSON.parse(line) as { summary: CallerSummary }).summary;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.program.kill();
  }
}

function progressOf(line: string | undefined): CallerProgress {
  return line === undefined ? { ended: 0, answered: 0 } : (JSON.parse(line) as CallerProgress);
}

/** What holds whatever happens: each call ends with its own answer or an honest, typed error, and in time. */
export function expectHonest(summary: CallerSummary): void {
  const failed = Object.values(summary.errors).reduce((sum, count) => sum + count, 0);
  expect(summary).toMatchObject({ wrong: [], untyped: [], lies: [], ended: summary.answered + failed });
  expect(summary.latestMs).toBeLessThan(GRACE_MS);
}

/** The end of a process that nobody ends. */
export async function expectQuickEnd(ended: Program, code = 0): Promise<void> {
  const ending = await ended.end(10_000);
  expect(ending, ended.errors).toMatchObject({ code, signal: null });
  expect(ending.afterLastWordMs).toBeLessThan(5_000);
}
