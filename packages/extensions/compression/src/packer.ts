import { andThen, type HeaderValue, type MaybePromise, type Message } from "@porthos-rpc/protocol";
import { ENCODING_HEADER, encodedAs } from "./encoding-headers.js";
import type { Coder } from "./encodings.js";
import type { CheckedCompressionOptions } from "./options.js";

/** Smaller bodies are compressed and unpacked at once, which takes less than a change of threads; larger ones beside the event loop. */
const NOW_BYTES = 16_384;
/** What is unpacked at once: of a small body that becomes more, the rest is left to a thread. */
const NOW_OUTPUT_BYTES = 4 * NOW_BYTES;

/** Compressing these once more costs time and saves nothing. */
const PACKED = /^(?:image\/(?!svg)|video\/|audio\/|application\/(?:zip|gzip|zstd|x-7z))/;

const TOO_LARGE = "ERR_BUFFER_TOO_LARGE";
const WINDOW_TOO_LARGE = "ZSTD_error_frameParameter_windowTooLarge";

/** What a message holds is not what it says: for whoever sent it. */
export class Unreadable extends Error {
  /** As HTTP's. */
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** Compresses messages and unpacks them, and counts both. */
export class Packer {
  readonly #options: CheckedCompressionOptions;
  readonly counts: { packed: number; unpacked: number; savedBytes: number } = {
    packed: 0,
    unpacked: 0,
    savedBytes: 0,
  };

  constructor(options: CheckedCompressionOptions) {
    this.#options = options;
  }

  /** Compressed, if that is worth it; else as it is, without saying that it is encoded. */
  pack(message: Message, encoding: string | undefined): MaybePromise<Message> {
    const { body, contentType } = message;
    const coder = encoding === undefined ? undefined : this.#options.coders.get(encoding);
    const isWorth =
      coder !== undefined &&
      body.length >= this.#options.minBytes &&
      !(contentType !== undefined && PACKED.test(contentType));
    if (!isWorth) return unmarked(message);
    const packed = body.length <= NOW_BYTES ? coder.compressNow(body) : coder.compress(body);
    return andThen(packed, (smaller) => {
      if (smaller.length >= body.length) return unmarked(message);
      this.counts.packed++;
      this.counts.savedBytes += body.length - smaller.length;
      return encodedAs(message, plain(smaller), encoding);
    });
  }

  /**
   * As it was before it was compressed.
   * @throws what `refusal` makes of what cannot be read, or rejects with it
   */
  unpack(message: Message, refusal: (fault: Unreadable) => Error): MaybePromise<Message> {
    const encoding = message.headers.get(ENCODING_HEADER);
    if (encoding === undefined) return message;
    const refuse = (error: unknown): never => {
      throw error instanceof Unreadable ? refusal(error) : error;
    };
    try {
      const unpacked = this.#unpacked(message, encoding);
      return unpacked instanceof Promise ? unpacked.catch(refuse) : unpacked;
    } catch (error) {
      return refuse(error);
    }
  }

  #unpacked(message: Message, encoding: HeaderValue): MaybePromise<Message> {
    const coder = typeof encoding === "string" ? this.#options.coders.get(encoding) : undefined;
    if (coder === undefined) {
      const ours = [...this.#options.coders.keys()].join(", ");
      throw new Unreadable(415, `its encoding cannot be read here; what can be is ${ours}`);
    }
    return andThen(this.#expanded(message.body, coder), (body) => {
      this.counts.unpacked++;
      return encodedAs(message, plain(body), undefined);
    });
  }

  #expanded(body: Uint8Array, coder: Coder): MaybePromise<Uint8Array> {
    const { maxBodyBytes } = this.#options;
    if (body.length <= NOW_BYTES) {
      try {
        return coder.expandNow(body, { maxOutputLength: Math.min(NOW_OUTPUT_BYTES, maxBodyBytes) });
      } catch (error) {
        if (!isTooLarge(error) || maxBodyBytes <= NOW_OUTPUT_BYTES) throw this.#unreadable(error);
      }
    }
    return coder.expand(body, { maxOutputLength: maxBodyBytes }).catch((error: unknown) => {
      throw this.#unreadable(error);
    });
  }

  #unreadable(error: unknown): Unreadable {
    if (codeOf(error) === WINDOW_TOO_LARGE)
      return new Unreadable(413, "to unpack it takes a window of more than 8 MiB");
    if (!isTooLarge(error))
      return new Unreadable(400, "its body is not what its header porthos-encoding says");
    const { maxBodyBytes } = this.#options;
    return new Unreadable(
      413,
      `unpacked, it has more than ${maxBodyBytes} bytes (maxBodyBytes of compression)`,
    );
  }
}

function unmarked(message: Message): Message {
  return message.headers.has(ENCODING_HEADER) ? encodedAs(message, message.body, undefined) : message;
}

function isTooLarge(error: unknown): boolean {
  return codeOf(error) === TOO_LARGE;
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code;
}

/** No Buffer, whose `slice` shares its memory. */
function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
