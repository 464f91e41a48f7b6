import { type MaybePromise, type Message, RpcError, type WireWrap } from "@porthos-rpc/protocol";
import { ACCEPT_HEADER, firstOf, isFrame, withHeader } from "./encoding-headers.js";
import type { CheckedCompressionOptions } from "./options.js";
import type { Packer, Unreadable } from "./packer.js";

/** The client's end: requests go out, answers come in. */
export class ClientCompression implements WireWrap {
  readonly #options: CheckedCompressionOptions;
  readonly #packer: Packer;
  /** What it can read. */
  readonly #accepts: string;
  /** What requests are compressed with; undefined: nothing. */
  #encoding: string | undefined;

  constructor(options: CheckedCompressionOptions, packer: Packer) {
    this.#options = options;
    this.#packer = packer;
    this.#accepts = [...options.coders.keys()].join(", ");
    if (options.requests === "always") [this.#encoding] = options.coders.keys();
  }

  outgoing(message: Message): MaybePromise<Message> {
    const { replyTo, headers } = message;
    // Who waits for no answer need not say what he can read.
    const asking =
      replyTo === undefined
        ? message
        : { ...message, headers: withHeader(headers, ACCEPT_HEADER, this.#accepts) };
    return this.#packer.pack(asking, this.#encoding);
  }

  /** @throws {RpcError} BadReply */
  incoming(message: Message): MaybePromise<Message> {
    // Frames do not say what their sender can read.
    if (this.#options.requests === "known" && !isFrame(message)) {
      this.#encoding = firstOf(this.#options.coders.keys(), message.headers.get(ACCEPT_HEADER));
    }
    return this.#packer.unpack(message, badReply);
  }
}

function badReply({ message }: Unreadable): RpcError {
  return new RpcError("BadReply", `the reply cannot be used: ${message}`);
}
