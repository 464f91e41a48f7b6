import { type Delivery, isCallId } from "@porthos-rpc/protocol";
import type { RequestRun } from "./request-run.js";
import type { RunContext } from "./run-context.js";

/** The requests that run, and which of them have what id: peers of version 1 use theirs again, so there may be several. */
export class Running implements Iterable<RequestRun> {
  readonly #runs = new Set<RequestRun>();
  readonly #byId = new Map<string, RequestRun | RequestRun[]>();

  get size(): number {
    return this.#runs.size;
  }

  add(run: RequestRun): void {
    this.#runs.add(run);
    const { id } = run;
    if (id === undefined) return;
    const others = this.#byId.get(id);
    this.#byId.set(id, others === undefined ? run : [run, others].flat());
  }

  delete(run: RequestRun): void {
    if (!this.#runs.delete(run) || run.id === undefined) return;
    const found = this.#byId.get(run.id);
    const others = Array.isArray(found) ? found.filter((other) => other !== run) : [];
    if (others.length === 0) this.#byId.delete(run.id);
    else this.#byId.set(run.id, others);
  }

  ofId(id: string | undefined): readonly RequestRun[] {
    const found = id === undefined ? undefined : this.#byId.get(id);
    return found === undefined ? [] : [found].flat();
  }

  /** Whether one of them is this request, and takes the delivery over. Not every broker marks what comes again. */
  adopt(context: RunContext, delivery: Delivery): boolean {
    const id = delivery.message.correlationId;
    const runs = this.ofId(id);
    if (runs.length === 0 || !(delivery.redelivered || isCallId(id))) return false;
    return runs.some((run) => run.adopt(context, delivery));
  }

  /** The one that runs the request of this id, if nobody else can have the id. */
  leaderOf(id: string | undefined): RequestRun | undefined {
    const runs = this.ofId(id);
    return runs.length > 0 && isCallId(id) ? runs.find((run) => run.isLeading) : undefined;
  }

  [Symbol.iterator](): Iterator<RequestRun> {
    return this.#runs.values();
  }
}
