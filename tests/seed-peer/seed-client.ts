import { randomUUID } from "node:crypto";
import { Arrivals } from "../arrivals.js";
import { type Field, text } from "./field-table.js";
import type { Properties } from "./properties.js";
import type { RawChannel, RawDelivery } from "./raw-channel.js";
import { RawConnection } from "./raw-connection.js";

/** What a call of the seed's holds beside its method. */
export interface SeedCall {
  readonly body?: string | Uint8Array;
  /** @default none, as a call without a body has none */
  readonly contentType?: string;
  /** @default 5_000 */
  readonly timeoutMs?: number;
  /** @default a UUID, as in porthos-go */
  readonly correlationId?: Uint8Array;
  /** Instead of `X-Method` alone. */
  readonly headers?: readonly Field[];
}

/** porthos-go's client, byte for byte: what it declares, publishes and expects of a reply. */
export class SeedClient implements AsyncDisposable {
  readonly service: string;
  readonly replyTo: string;
  readonly replies: Arrivals<RawDelivery>;
  readonly #connection: RawConnection;
  readonly #channel: RawChannel;

  private constructor(service: string, replyTo: string, connection: RawConnection, channel: RawChannel) {
    this.service = service;
    this.replyTo = replyTo;
    this.replies = new Arrivals(`a reply of ${service}`);
    this.#connection = connection;
    this.#channel = channel;
  }

  /**
   * @param inbox `named` as porthos-go's, not exclusive and gone with its consumer; `server-named` as those of
   * Python and JavaScript. @default "named"
   */
  static async open(
    url: string,
    service: string,
    inbox: "named" | "server-named" = "named",
  ): Promise<SeedClient> {
    const connection = await RawConnection.open(url);
    const channel = await connection.channel();
    const nanoseconds = BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
    const declared =
      inbox === "named"
        ? await channel.declare(`${service}@${nanoseconds}-porthos`, { autoDelete: true })
        : await channel.declare("", { exclusive: true });
    const client = new SeedClient(service, declared.name, connection, channel);
    await channel.consume(declared.name, (reply) => {
      channel.ack(reply);
      client.replies.add(reply);
    });
    return client;
  }

  /** Calls and waits for the reply, which is the next to come. */
  call(method: string, call: SeedCall = {}): Promise<RawDelivery> {
    this.send(method, call);
    return this.replies.next();
  }

  /** Sends the call. */
  send(method: string, call: SeedCall = {}): void {
    this.sendFor(this.replyTo, method, call);
  }

  /** Sends a call whose answer is to go to that queue. */
  sendFor(replyTo: string, method: string, call: SeedCall = {}): void {
    this.#publish(call, {
      ...shared(method, call),
      expiration: String(call.timeoutMs ?? 5_000),
      correlationId: call.correlationId ?? Buffer.from(randomUUID()),
      replyTo,
    });
  }

  /** Sends a one-way call. */
  void(method: string, call: SeedCall = {}): void {
    this.#publish(call, shared(method, call));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection.close();
  }

  #publish({ body = "" }: SeedCall, properties: Properties): void {
    this.#channel.publish("", this.service, properties, Buffer.from(body));
  }
}

function shared(method: string, { headers, contentType = "" }: SeedCall): Properties {
  return { headers: headers ?? [text("X-Method", method)], contentType };
}

/** The status as porthos-go reads it. @throws {Error} where it panics: for any type but int32. */
export function statusInGo(reply: RawDelivery): number {
  const status = reply.properties.headers?.find(({ name }) => name === "statusCode");
  if (status?.type !== "I")
    throw new Error(`interface conversion: statusCode is ${status?.type ?? "nil"}, not int32`);
  return status.value as number;
}

/** The same body as `json.Unmarshal` reads it. */
export function jsonOf(delivery: RawDelivery): unknown {
  return JSON.parse(delivery.body.toString());
}
