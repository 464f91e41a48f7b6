import { Arrivals } from "../arrivals.js";
import { type Field, int32 } from "./field-table.js";
import type { RawChannel, RawDelivery } from "./raw-channel.js";
import { RawConnection } from "./raw-connection.js";

/** What a handler of the seed's answers. */
export interface SeedAnswer {
  readonly status?: number;
  readonly contentType?: string;
  readonly body?: string | Uint8Array;
  /** Instead of `statusCode` as an int32. */
  readonly headers?: readonly Field[];
}

export type SeedHandlers = Readonly<Record<string, (request: RawDelivery) => SeedAnswer>>;

/** porthos-go's server, byte for byte: its queue, its answers, and its silence about methods that it does not know. */
export class SeedServer implements AsyncDisposable {
  /** All that it took from the queue, as the frames brought it. */
  readonly requests: Arrivals<RawDelivery>;
  readonly #connection: RawConnection;
  readonly #channel: RawChannel;
  readonly #handlers: SeedHandlers;

  private constructor(
    service: string,
    connection: RawConnection,
    channel: RawChannel,
    handlers: SeedHandlers,
  ) {
    this.requests = new Arrivals(`a request for ${service}`);
    this.#connection = connection;
    this.#channel = channel;
    this.#handlers = handlers;
  }

  static async open(url: string, service: string, handlers: SeedHandlers = {}): Promise<SeedServer> {
    const connection = await RawConnection.open(url);
    const channel = await connection.channel();
    await channel.declare(service, { durable: true });
    const server = new SeedServer(service, connection, channel, handlers);
    await channel.consume(service, (request) => {
      server.requests.add(request);
      // The test may close it in the middle of an answer.
      server.#process(request).catch(() => {});
    });
    return server;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection.close();
  }

  async #process(request: RawDelivery): Promise<void> {
    const method = request.properties.headers?.find(({ name }) => name === "X-Method")?.value;
    const handler = this.#handlers[method as string];
    if (handler === undefined) this.#channel.reject(request, false);
    else await this.#answer(request, handler(request));
  }

  /** On a channel of its own, confirmed, then acknowledged. */
  async #answer(request: RawDelivery, answer: SeedAnswer): Promise<void> {
    const { replyTo = "", correlationId = Buffer.alloc(0) } = request.properties;
    const { status = 200, contentType = "", body = "", headers = [int32("statusCode", status)] } = answer;
    const channel = await this.#connection.channel();
    await channel.confirmSelect();
    const confirmed = channel.confirmed();
    channel.publish("", replyTo, { headers, contentType, correlationId }, Buffer.from(body));
    this.#channel.ack(request);
    await confirmed;
    await channel.close();
  }
}
