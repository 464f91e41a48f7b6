import {
  ACCEPTED,
  type Description,
  type ExtensionHost,
  type Message,
  type SendOutcome,
  type ServerEvents,
} from "@porthos-rpc/protocol";
import { ManualClock, serverCall } from "@porthos-rpc/protocol/testing";

/** A host whose time stands still and whose sends end as they are told to. */
export class ScriptedHost implements ExtensionHost {
  readonly service = "CalculatorService";
  readonly side = "server";
  readonly clock: ManualClock = new ManualClock();
  readonly methods: ExtensionHost["methods"] = new Map();
  readonly transports: ExtensionHost["transports"] = [];
  readonly sent: { readonly queue: string; readonly message: Message }[] = [];
  /** What becomes of what is sent from now on; undefined: nobody knows yet. */
  outcome: SendOutcome | undefined = ACCEPTED;
  readonly #waiting: ((outcome: SendOutcome) => void)[] = [];

  send(queue: string, message: Message): Promise<SendOutcome> {
    this.sent.push({ queue, message });
    const { outcome } = this;
    return outcome === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(outcome);
  }

  report(during: string, error: unknown): void {
    throw new Error(`the extension reported an error of ${during}`, { cause: error });
  }

  describe(): Description {
    return { side: this.side, service: this.service, transports: [], extensions: [] };
  }

  /** Ends all sends of which nobody knows yet. */
  settle(outcome: SendOutcome): void {
    for (const resolve of this.#waiting.splice(0)) resolve(outcome);
  }

  /** Lets time pass, and everything happen that is due by then. */
  async advance(ms: number): Promise<void> {
    for (let left = ms; ; ) {
      await turns();
      const step = Math.min(left, this.clock.nextInMs ?? left);
      this.clock.advance(step);
      left -= step;
      if (left <= 0) break;
    }
    await turns();
    this.clock.advance(0);
    await turns();
  }

  /** What the messages hold. */
  get shipments(): unknown[] {
    return this.sent.map(({ message }) => JSON.parse(new TextDecoder().decode(message.body)) as unknown);
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await undefined;
}

/** A request of that method that was answered. */
export function answered(method: string, elapsedMs = 1.5, statusCode = 200): ServerEvents["outgoing"] {
  const request = { method, contentType: undefined, body: new Uint8Array(), headers: undefined };
  return {
    call: serverCall({ service: "CalculatorService", method, request }),
    response: { statusCode, contentType: undefined, body: new Uint8Array(), headers: undefined },
    elapsedMs,
  };
}
