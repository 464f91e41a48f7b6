import {
  type Delivery,
  encodeResponse,
  jsonCodec,
  type Message,
  type Transport,
} from "@porthos-rpc/protocol";
import { Arrivals } from "../../arrivals.js";
import type { WatchedStage } from "../watch/watched-stage.js";

/** A service that is none of ours: it answers what the test says, or nothing, and hears of no call that was given up. */
export class RawService {
  readonly requests: Arrivals<Delivery> = new Arrivals("a request");
  readonly #transport: Transport;

  private constructor(transport: Transport) {
    this.#transport = transport;
  }

  static async open(stage: WatchedStage): Promise<RawService> {
    const service = new RawService(await stage.transport());
    await service.#transport.consume(stage.service, { credit: 1_000 }, service.requests.add);
    return service;
  }

  /** Answers 200 with a value. @param otherwise what is strange about the reply */
  answer({ message }: Delivery, value: unknown, otherwise: Partial<Message> = {}): void {
    const { contentType } = jsonCodec;
    const response = { statusCode: 200, contentType, body: jsonCodec.encode(value), headers: undefined };
    const reply = { ...encodeResponse(response, message.correlationId), ...otherwise };
    this.#transport.reply(message.replyTo ?? "", reply);
  }
}
