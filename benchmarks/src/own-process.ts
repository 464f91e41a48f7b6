import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A file of this folder, run in a process of its own. It says `ready`, and ends when it is told to. */
export class OwnProcess implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param fileUrl `import.meta.url` of the file */
  static async start(
    fileUrl: string,
    args: readonly string[],
    execArgv: readonly string[] = [],
  ): Promise<OwnProcess> {
    const child = fork(fileURLToPath(fileUrl), [...args], { execArgv: [...process.execArgv, ...execArgv] });
    await once(child, "message");
    return new OwnProcess(child);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  async ask(question: string): Promise<unknown> {
    const answered = once(this.#child, "message");
    this.#child.send(question);
    return ((await answered) as [unknown])[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.send("end");
    await exited;
  }
}
