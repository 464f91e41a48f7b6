import type { Codec } from "./content.js";
import { RpcError } from "./errors.js";
import { DEFAULT_JSON_LIMITS, type JsonLimits, jsonFault, sameLimits } from "./json-limits.js";
import { kindOf } from "./kind-of.js";
import { hasPrototypeKeys } from "./prototype-keys.js";
import { decodeText, encodeText } from "./text.js";

/** JSON in UTF-8 without a byte order mark (RFC 8259, 8.1), within limits. */
export class JsonCodec implements Codec {
  readonly contentType = "application/json";
  readonly #limits: JsonLimits;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
  }

  within(limits: JsonLimits): JsonCodec {
    return sameLimits(limits, this.#limits) ? this : new JsonCodec(limits);
  }

  encode(value: unknown): Uint8Array {
    const text = textOf(value);
    const body = encodeText(text);
    const fault = jsonFault(body, this.#limits);
    if (fault !== undefined) throw new RpcError("BadRequest", `the value cannot be sent as JSON: ${fault}`);
    if (hasPrototypeKeys(text, () => JSON.parse(text))) {
      throw new RpcError("BadRequest", `the value cannot be sent as JSON: ${PROTOTYPE_KEYS}`);
    }
    return body;
  }

  decode(body: Uint8Array): unknown {
    return parseJson(body, this.#limits);
  }
}

/** The wire's form of maps, structs and args. */
export const jsonCodec: Codec = new JsonCodec(DEFAULT_JSON_LIMITS);

const PROTOTYPE_KEYS = "it has a key __proto__, or a constructor with a prototype";

/** @throws {RpcError} BadRequest for what is no JSON, or more of it than the limits allow. */
export function parseJson(body: Uint8Array, limits: JsonLimits): unknown {
  const fault = jsonFault(body, limits);
  if (fault !== undefined) throw new RpcError("BadRequest", `the body's JSON is refused: ${fault}`);
  const text = decodeText(body);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // V8's message quotes the text: a stranger's data, so it stays in the cause.
    throw new RpcError("BadRequest", "the body is not valid JSON", { cause });
  }
  if (!hasPrototypeKeys(text, () => value)) return value;
  throw new RpcError("BadRequest", `the body's JSON is refused: ${PROTOTYPE_KEYS}`);
}

/** @throws {RpcError} BadRequest */
function textOf(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new RpcError("BadRequest", `the value cannot be encoded as JSON: ${reasonOf(cause)}`, { cause });
  }
  if (text !== undefined) return text;
  throw new RpcError("BadRequest", `a value of type ${typeof value} cannot be encoded as JSON`);
}

/** In one line: V8's message for a circle draws a picture of it. */
function reasonOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message.split("\n", 1)[0] ?? "";
  return typeof cause === "string" ? cause : kindOf(cause);
}
