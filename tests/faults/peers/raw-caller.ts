import {
  type Inbox,
  type Message,
  methodHeaders,
  NO_BODY,
  type SendOutcome,
  statusOf,
  type Transport,
} from "@porthos-rpc/protocol";
import { Arrivals } from "../../arrivals.js";
import type { WatchedStage } from "../watch/watched-stage.js";

/** A caller that is none of ours: it sends requests as strange as the test wants them. */
export class RawCaller {
  readonly replies: Arrivals<Message> = new Arrivals("a reply");
  readonly #service: string;
  readonly #transport: Transport;
  #inbox: Inbox | undefined;
  #sent = 0;

  private constructor(service: string, transport: Transport) {
    this.#service = service;
    this.#transport = transport;
  }

  static async open(stage: WatchedStage, transport?: Transport): Promise<RawCaller> {
    const caller = new RawCaller(stage.service, transport ?? (await stage.transport()));
    caller.#inbox = await caller.#transport.openInbox({ onMessage: caller.replies.add });
    return caller;
  }

  /** Where its replies come to. */
  get address(): string | undefined {
    return this.#inbox?.address;
  }

  /** Sends a request for `m` without a body. @param otherwise what is strange about it */
  send(otherwise: Partial<Message> = {}): Promise<SendOutcome> {
    const message: Message = {
      body: NO_BODY,
      contentType: undefined,
      correlationId: `call ${++this.#sent}`,
      replyTo: this.address,
      ttlMs: 20_000,
      headers: methodHeaders("m"),
      durable: false,
      ...otherwise,
    };
    return new Promise((onOutcome) => this.#transport.send(this.#service, message, { onOutcome }));
  }

  /** Sends it, and tells the status of the next reply. */
  async status(otherwise: Partial<Message> = {}): Promise<number> {
    await this.send(otherwise);
    return statusOf(await this.replies.next());
  }
}
