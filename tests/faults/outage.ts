import type { Broker } from "@porthos-rpc/brokers";
import { rows } from "../rows.js";
import { within } from "../waits.js";
import { brokerOf } from "./broker-hand.js";
import { carriersOfFault, faultOf } from "./registry.js";
import type { WatchedStage } from "./watch/watched-stage.js";

/** A broker that is killed and comes back, on a busy machine. */
const OUTAGE_WITHIN_MS = 100_000;
/** How long those who are ready wait for the other protocols of their broker. */
const GATHERED_WITHIN_MS = 30_000;

/** One end of a broker that all tests of a file go through, by whatever protocol: the broker of the run is stopped once. */
export class Outage {
  readonly #fault: number;
  readonly #end: (broker: Broker) => Promise<void>;
  readonly #gathering = new Map<string, Gathering>();

  /** @param end how the broker ends; it is started again */
  constructor(fault: number, end: (broker: Broker) => Promise<void>) {
    this.#fault = fault;
    this.#end = end;
  }

  /** Waits for the others, and then until the broker has ended. @returns what to await for its return */
  async begin({ row }: WatchedStage): Promise<{ readonly isBack: Promise<void> }> {
    const broker = brokerOf(row);
    const known = this.#gathering.get(broker.name);
    const gathering = known ?? new Gathering(this.#participants(broker.name));
    this.#gathering.set(broker.name, gathering);
    await within(GATHERED_WITHIN_MS, `the other protocols of ${broker.name}`, gathering.arrive());
    gathering.ended ??= this.#end(broker);
    await gathering.ended;
    gathering.back ??= broker.start();
    return { isBack: within(OUTAGE_WITHIN_MS, `${broker.name} to be back`, gathering.back) };
  }

  #participants(name: string): number {
    const carriers: readonly string[] = carriersOfFault(faultOf(this.#fault));
    return rows.filter(([title, { broker }]) => broker?.name === name && carriers.includes(title)).length;
  }
}

class Gathering {
  ended: Promise<void> | undefined;
  back: Promise<void> | undefined;
  #missing: number;
  readonly #complete: Promise<void>;
  #completed = (): void => {};

  constructor(participants: number) {
    this.#missing = participants;
    this.#complete = new Promise((resolve) => {
      this.#completed = resolve;
    });
  }

  arrive(): Promise<void> {
    this.#missing--;
    if (this.#missing === 0) this.#completed();
    return this.#complete;
  }
}
