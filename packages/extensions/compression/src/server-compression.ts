import {
  andThen,
  type MaybePromise,
  type Message,
  Refusal,
  type ResponseEnvelope,
  type ServerCall,
  type WireWrap,
} from "@porthos-rpc/protocol";
import { ACCEPT_HEADER, ENCODING_HEADER, firstOf, isFrame, withHeader } from "./encoding-headers.js";
import type { CheckedCompressionOptions } from "./options.js";
import type { Packer, Unreadable } from "./packer.js";

/** The server's end: requests come in, answers go out. */
export class ServerCompression implements WireWrap {
  readonly #options: CheckedCompressionOptions;
  readonly #packer: Packer;
  /** What it can read. */
  readonly #accepts: string;
  /** By their ids, what the items of the streams are compressed with that go on. */
  readonly #streams = new Map<string, string>();

  constructor(options: CheckedCompressionOptions, packer: Packer) {
    this.#options = options;
    this.#packer = packer;
    this.#accepts = [...options.coders.keys()].join(", ");
  }

  /** A reply does not know its request: so what its caller can read is noted on the answer, in the header that it will have. */
  run(
    call: ServerCall,
    next: (call: ServerCall) => MaybePromise<ResponseEnvelope>,
  ): MaybePromise<ResponseEnvelope> {
    const accepted = call.request.headers?.get(ACCEPT_HEADER);
    if (accepted === undefined) return next(call);
    const encoding = firstOf(this.#options.coders.keys(), accepted);
    if (call.kind === "stream" && call.id !== undefined && encoding !== undefined) {
      return this.#stream(call.id, encoding, () => next(call));
    }
    return andThen(next(call), (response) => this.#marked(response, encoding));
  }

  /** Its items are known by its id. */
  async #stream(
    id: string,
    encoding: string,
    run: () => MaybePromise<ResponseEnvelope>,
  ): Promise<ResponseEnvelope> {
    this.#streams.set(id, encoding);
    try {
      return this.#marked(await run(), encoding);
    } finally {
      this.#streams.delete(id);
    }
  }

  #marked(response: ResponseEnvelope, encoding: string | undefined): ResponseEnvelope {
    const isLarge = encoding !== undefined && response.body.length >= this.#options.minBytes;
    if (!isLarge) return response;
    const { statusCode, contentType, body } = response;
    return {
      statusCode,
      contentType,
      body,
      headers: withHeader(response.headers, ENCODING_HEADER, encoding),
    };
  }

  /** Answers that no extension has seen come by here, too: 404, 429 … */
  outgoing(message: Message): MaybePromise<Message> {
    const ofStream = this.#streams.size > 0 && this.#streams.get(message.correlationId ?? "");
    const encoding = ofStream === false ? undefined : ofStream;
    if (isFrame(message)) return this.#packer.pack(message, encoding);
    const marked = message.headers.get(ENCODING_HEADER);
    const saying = { ...message, headers: withHeader(message.headers, ACCEPT_HEADER, this.#accepts) };
    return this.#packer.pack(saying, typeof marked === "string" ? marked : encoding);
  }

  /** @throws {Refusal} 400, 413 or 415 */
  incoming(message: Message): MaybePromise<Message> {
    return this.#packer.unpack(message, refusal);
  }
}

function refusal({ status, message }: Unreadable): Refusal {
  return new Refusal(status, `the request cannot be used: ${message}`);
}
