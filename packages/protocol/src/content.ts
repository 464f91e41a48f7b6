import { RpcError } from "./errors.js";
import { jsonCodec } from "./json-codec.js";
import { DEFAULT_JSON_LIMITS, type JsonLimits } from "./json-limits.js";
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
  /** The same form, within the limits on JSON of who uses it. @default one without such limits */
  within?(limits: JsonLimits): Codec;
}

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

/** The codec, within limits if it knows any. */
export function codecWithin(codec: Codec, limits: JsonLimits): Codec {
  return codec.within?.(limits) ?? codec;
}

/** Codecs by content type. JSON and bytes are always there; a codec that is given replaces one of the same type. */
export class Codecs {
  /** Those that its codecs keep to. */
  readonly limits: JsonLimits;
  /** JSON as the project knows it, whatever replaces it. */
  readonly json: Codec;
  readonly #byType = new Map<string, Codec>();

  constructor(more: Iterable<Codec> = [], limits: JsonLimits = DEFAULT_JSON_LIMITS) {
    this.limits = limits;
    this.json = codecWithin(jsonCodec, limits);
    for (const codec of [this.json, bytesCodec, ...more]) {
      this.#byType.set(codec.contentType, codecWithin(codec, limits));
    }
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
