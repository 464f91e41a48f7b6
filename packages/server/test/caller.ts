import {
  encodeRequest,
  jsonCodec,
  type Message,
  methodHeaders,
  NO_BODY,
  sendOutcome,
  statusOf,
  type Transport,
} from "@porthos-rpc/protocol";

/** An answer as a caller of another make reads it. */
export interface Answer {
  readonly status: number;
  readonly message: Message;
  json(): unknown;
}

/** A caller made of a transport alone, as one in another language might be. */
export interface Caller {
  /** Sends a request and waits for its answer. Fails only if the broker does not take it. */
  call(queue: string, method: string, value?: unknown, ttlMs?: number): Promise<Answer>;
  /** Sends a one-way request; resolves with what its send came to. */
  send(queue: string, method: string, value?: unknown): Promise<string>;
  /** All answers that came, with or without somebody who waits for them. */
  readonly answers: readonly Message[];
}

export async function caller(transport: Transport): Promise<Caller> {
  const waiting = new Map<string, (answer: Message) => void>();
  const answers: Message[] = [];
  const inbox = await transport.openInbox({
    onMessage: (message) => {
      answers.push(message);
      waiting.get(message.correlationId ?? "")?.(message);
    },
  });
  let next = 1;
  const request = (method: string, value: unknown) => ({
    method,
    contentType: value === undefined ? undefined : "application/json",
    body: value === undefined ? NO_BODY : jsonCodec.encode(value),
    headers: undefined,
  });
  return {
    answers,
    async call(queue, method, value, ttlMs = 10_000) {
      const correlationId = `call-${next++}`;
      const reply = { correlationId, replyTo: inbox.address ?? "", ttlMs };
      const answered = new Promise<Message>((resolve) => waiting.set(correlationId, resolve));
      const { kind } = await sendOutcome(
        transport,
        queue,
        encodeRequest(request(method, value), methodHeaders(method), reply),
      );
      if (kind !== "accepted") throw new Error(`the request was not taken but ${kind}`);
      const message = await answered;
      return { status: statusOf(message), message, json: () => jsonCodec.decode(message.body) };
    },
    async send(queue, method, value) {
      const message = encodeRequest(request(method, value), methodHeaders(method), undefined);
      return (await sendOutcome(transport, queue, message)).kind;
    },
  };
}
