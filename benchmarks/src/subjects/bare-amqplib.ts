import { randomUUID } from "node:crypto";
import { connect, type Options } from "amqplib";
import type { Caller, Subject } from "../subject.js";
import { PREFETCH } from "../subject.js";

/**
 * Request and reply as one would write them by hand on amqplib, on the same wire as Porthos.
 * With `safe`, with the same promises too: requests and replies are mandatory and confirmed, and a request is
 * acknowledged when its reply is confirmed. Without, nothing is.
 */
export function bareAmqplib(name: string, safe: boolean): Subject {
  return {
    name,
    serve: (url, service) => serve(url, service, safe),
    call: (url, service) => call(url, service, safe),
  };
}

const SOCKET = { noDelay: true };

async function serve(url: string, service: string, safe: boolean): Promise<void> {
  const connection = await connect(url, SOCKET);
  const channel = safe ? await connection.createConfirmChannel() : await connection.createChannel();
  await channel.assertQueue(service, { durable: true });
  await channel.prefetch(PREFETCH);
  await channel.consume(
    service,
    (message) => {
      if (message === null) return;
      const { value } = JSON.parse(message.content.toString()) as { value: number };
      const body = Buffer.from(JSON.stringify({ original_value: value, value_plus_one: value + 1 }));
      const options: Options.Publish = {
        correlationId: String(message.properties.correlationId),
        contentType: "application/json",
        headers: { statusCode: { "!": "int32", value: 200 } },
        mandatory: safe,
      };
      const replyTo = String(message.properties.replyTo);
      if (!("waitForConfirms" in channel)) channel.sendToQueue(replyTo, body, options);
      else channel.sendToQueue(replyTo, body, options, () => channel.ack(message));
    },
    { noAck: !safe },
  );
}

async function call(url: string, service: string, safe: boolean): Promise<Caller> {
  const connection = await connect(url, SOCKET);
  const channel = safe ? await connection.createConfirmChannel() : await connection.createChannel();
  const { queue: replyTo } = await channel.assertQueue("", { exclusive: true });
  const pending = new Map<string, (value: number) => void>();
  const prefix = randomUUID();
  let next = 0;
  await channel.consume(
    replyTo,
    (message) => {
      if (message === null) return;
      const id = String(message.properties.correlationId);
      const settle = pending.get(id);
      pending.delete(id);
      settle?.((JSON.parse(message.content.toString()) as { value_plus_one: number }).value_plus_one);
    },
    { noAck: true },
  );
  return {
    addOne: (value) =>
      new Promise((resolve) => {
        const correlationId = `${prefix}.${next++}`;
        pending.set(correlationId, resolve);
        channel.sendToQueue(service, Buffer.from(JSON.stringify({ value })), {
          correlationId,
          replyTo,
          expiration: "30000",
          contentType: "application/json",
          headers: { "X-Method": "addOne" },
          mandatory: safe,
        });
      }),
    close: () => connection.close(),
  };
}
