import {
  encodeResponse,
  jsonCodec,
  type Message,
  methodOf,
  NO_BODY,
  type ResponseEnvelope,
  type Transport,
} from "@porthos-rpc/protocol";

/** What a service of these tests does with a request; undefined answers nothing. */
export type Answer = (method: string, request: Message) => ResponseEnvelope | undefined;

/** A service made of a transport alone, as one in another language might be. Returns what it received. */
export async function serve(transport: Transport, service: string, answer: Answer): Promise<Message[]> {
  const received: Message[] = [];
  await transport.consume(service, { credit: 100 }, (delivery) => {
    const { message } = delivery;
    received.push(message);
    const response = answer(methodOf(message), message);
    if (response !== undefined && message.replyTo !== undefined) {
      transport.reply(message.replyTo, encodeResponse(response, message.correlationId));
    }
    delivery.accept();
  });
  return received;
}

export function json(statusCode: number, value: unknown): ResponseEnvelope {
  return { statusCode, contentType: "application/json", body: jsonCodec.encode(value), headers: undefined };
}

export function empty(statusCode: number): ResponseEnvelope {
  return { statusCode, contentType: undefined, body: NO_BODY, headers: undefined };
}
