import type { BrokerControl, BrokerVerb, Waits } from "../fixture.js";
import { within } from "./waits.js";

/** The fixture's broker, with bounded verbs, and with what is to be undone at the end of a case. */
export class GuardedBroker {
  readonly #control: BrokerControl;
  readonly #waits: Waits;
  #stopped = false;
  #blocked = false;

  constructor(control: BrokerControl, waits: Waits) {
    this.#control = control;
    this.#waits = waits;
  }

  async restart(): Promise<void> {
    await this.#do("restart");
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#do("stop");
  }

  async start(): Promise<void> {
    await this.#do("start");
    this.#stopped = false;
  }

  async cut(): Promise<void> {
    await this.#do("cut");
  }

  async block(): Promise<void> {
    this.#blocked = true;
    await this.#do("block");
  }

  async unblock(): Promise<void> {
    await this.#do("unblock");
    this.#blocked = false;
  }

  async deleteQueue(queue: string): Promise<void> {
    await this.#do("deleteQueue", queue);
  }

  /** Starts and unblocks what the case left stopped or blocked. */
  async restore(): Promise<void> {
    if (this.#stopped) await this.start();
    if (this.#blocked) await this.unblock();
  }

  async #do(verb: BrokerVerb, queue = ""): Promise<void> {
    const act = this.#control[verb]?.bind(this.#control);
    if (act === undefined) throw new Error(`the case uses broker.${verb} but does not say that it needs it`);
    await within(this.#waits.brokerMs, `the fixture's broker.${verb}()`, Promise.resolve(act(queue)));
  }
}
