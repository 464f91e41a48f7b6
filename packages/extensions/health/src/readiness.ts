import type { ExtensionHost, Transport } from "@porthos-rpc/protocol";
import { Checker } from "./checks.js";
import type { CheckedHealthOptions } from "./options.js";
import type { CheckResult, ReadinessStatus, TransportHealth } from "./status.js";

/** Whether one client or server can do its work, from its start to its end. */
export class Readiness {
  readonly #host: ExtensionHost;
  readonly #checkers: ReadonlyMap<string, Checker>;
  readonly #blocked = new Set<Transport>();
  readonly #stopHearing: (() => void)[];
  #phase: ReadinessStatus["phase"];

  constructor(host: ExtensionHost, { checks, checkTimeoutMs }: CheckedHealthOptions) {
    this.#host = host;
    // A client is open from its start on: nothing tells more.
    this.#phase = host.side === "client" ? "open" : "starting";
    const report = (name: string, error: unknown): void => host.report(`check ${name}`, error);
    this.#checkers = new Map(
      [...checks].map(([name, check]) => [
        name,
        new Checker(name, check, checkTimeoutMs, host.clock, report),
      ]),
    );
    this.#stopHearing = host.transports.flatMap((transport) => this.#hear(transport));
  }

  listening(): void {
    if (this.#phase === "starting") this.#phase = "open";
  }

  closing(): void {
    this.#phase = "closing";
  }

  stop(): void {
    this.#phase = "stopped";
    for (const stop of this.#stopHearing) stop();
    for (const checker of this.#checkers.values()) checker.stop();
  }

  /** Runs the checks, unless it cannot be ready anyway. Never rejects. */
  async status(): Promise<ReadinessStatus> {
    const isOpen = this.#phase === "open" && this.#transports.some(isUsable);
    const results = isOpen ? await this.#checks() : [];
    // What was so before the checks may be otherwise after them.
    const transports = this.#transports;
    const ready =
      isOpen &&
      this.#phase === "open" &&
      transports.some(isUsable) &&
      results.every(([, result]) => result === "ok");
    return { ready, phase: this.#phase, transports, checks: Object.fromEntries(results) };
  }

  get #transports(): TransportHealth[] {
    return this.#host.transports.map((transport) => ({
      name: transport.name,
      state: transport.state,
      blocked: this.#blocked.has(transport),
    }));
  }

  #checks(): Promise<(readonly [name: string, result: CheckResult])[]> {
    return Promise.all(
      [...this.#checkers].map(async ([name, checker]) => [name, await checker.result()] as const),
    );
  }

  /** A new connection is not blocked until the broker says so. */
  #hear(transport: Transport): (() => void)[] {
    return [
      transport.on("blocked", ({ blocked }) => {
        if (blocked) this.#blocked.add(transport);
        else this.#blocked.delete(transport);
      }),
      transport.on("down", () => this.#blocked.delete(transport)),
    ];
  }
}

function isUsable({ state, blocked }: TransportHealth): boolean {
  return state === "up" && !blocked;
}
