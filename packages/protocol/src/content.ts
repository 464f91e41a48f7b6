import { RpcError } from "./errors.js";
import { kindOf } from "./kind-of.js";
import { NO_BODY } from "./message.js";
import { wrong } from "./options.js";

/** Turns values into bytes and back, for one content type. */
export interface Codec {
  /** Without parameters, in lower case: `application/json`. */
  readonly contentType: string;
  /** Whether it takes nothing but bytes, as they are. @default false */
  readonly isRaw?: boolean;
  /** @throws {RpcError} BadRequest when the value has no such form. */
  encode(value: unknown): Uint8Array;
  /** @throws {RpcError} BadRequest when the bytes are not of that form. */
  decode(body: Uint8Array): unknown;
}

const encoder = new TextEncoder();
// `ignoreBOM: true` keeps the mark in the text, where JSON refuses it: a peer that sends one is not sending JSON.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 text of a body. @throws {RpcError} BadRequest when it is not UTF-8. */
export function decodeText(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch (cause) {
    throw new RpcError("BadRequest", "the body is not valid UTF-8", { cause });
  }
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** In one line: V8's message for a circle draws a picture of it. */
function reasonOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message.split("\n", 1)[0] ?? "";
  return typeof cause === "string" ? cause : kindOf(cause);
}

/** JSON in UTF-8 without a byte order mark (RFC 8259, 8.1). The wire's form of maps, structs and args. */
export const jsonCodec: Codec = {
  contentType: "application/json",
  encode(value) {
    let text: string | undefined;
    try {
      text = JSON.stringify(value);
    } catch (cause) {
      throw new RpcError("BadRequest", `the value cannot be encoded as JSON: ${reasonOf(cause)}`, { cause });
    }
    if (text === undefined) {
      throw new RpcError("BadRequest", `a value of type ${typeof value} cannot be encoded as JSON`);
    }
    return encoder.encode(text);
  },
  decode(body) {
    const text = decodeText(body);
    try {
      return JSON.parse(text);
    } catch (cause) {
      // V8's message quotes the text: a stranger's data, so it stays in the cause.
      throw new RpcError("BadRequest", "the body is not valid JSON", { cause });
    }
  },
};

/** Bytes as they are. */
export const bytesCodec: Codec = {
  contentType: "application/octet-stream",
  isRaw: true,
  encode(value) {
    if (value instanceof Uint8Array) return value;
    if (value === undefined) return NO_BODY;
    throw new RpcError("BadRequest", `expected a Uint8Array, got ${kindOf(value)}`);
  },
  decode: (body) => body,
};

/** Bytes as they are, whatever their content type is called: JSON, too. */
export function rawCodec(contentType: string): Codec {
  return { ...bytesCodec, contentType };
}

/** @throws {TypeError} for what is no codec. */
export function checkCodec(where: string, name: string, value: unknown): Codec {
  const { contentType, encode, decode } = (value ?? {}) as Partial<Codec>;
  if (typeof contentType === "string" && typeof encode === "function" && typeof decode === "function") {
    return value as Codec;
  }
  throw wrong(where, name, "a codec: contentType, encode and decode", value);
}

/** Codecs by content type. JSON and bytes are always there; a codec that is given replaces one of the same type. */
export class Codecs {
  readonly #byType = new Map<string, Codec>();

  constructor(more: Iterable<Codec> = []) {
    for (const codec of [jsonCodec, bytesCodec, ...more]) this.#byType.set(codec.contentType, codec);
  }

  /** What can be read, for error texts. */
  get types(): string {
    return [...this.#byType.keys()].join(", ");
  }

  /** The codec for a content type as it came: parameters are ignored, `+json` types are JSON (RFC 6839). */
  find(contentType: string | undefined): Codec | undefined {
    if (contentType === undefined) return undefined;
    const exact = this.#byType.get(contentType);
    if (exact !== undefined) return exact;
    const essence = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
    return (
      this.#byType.get(essence) ??
      (essence.endsWith("+json") ? this.#byType.get(jsonCodec.contentType) : undefined)
    );
  }
}
