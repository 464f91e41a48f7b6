import { type Codec, DEFAULT_JSON_LIMITS, type JsonLimits, RpcError } from "@porthos-rpc/protocol";
import { formFault, type ReadHead } from "./form-fault.js";
import { hasPrototypeKeys } from "./prototype-keys.js";
import { type Sayable, unsayable } from "./sayable.js";

/** A binary form, and the library that knows it. */
export interface BinaryForm extends Sayable {
  /** For people. */
  readonly name: string;
  readonly contentType: string;
  readonly read: ReadHead;
  encode(value: unknown): Uint8Array;
  /** Only for what is well-formed and within the limits. */
  decode(body: Uint8Array): unknown;
}

const PROTOTYPE_KEYS = "it has a key __proto__, or a constructor with a prototype";

/** A codec of that form, which keeps to the limits on JSON of who uses it, in both directions. */
export function binaryCodec(form: BinaryForm, limits: JsonLimits = DEFAULT_JSON_LIMITS): Codec {
  return {
    contentType: form.contentType,
    encode: (value) => encode(form, limits, value),
    decode: (body) => decode(form, limits, body),
    within: (other) => binaryCodec(form, other),
  };
}

function encode(form: BinaryForm, limits: JsonLimits, value: unknown): Uint8Array {
  let body: Uint8Array;
  try {
    const fault = unsayable(value, form, limits.maxJsonDepth);
    if (fault !== undefined) throw notSent(form, fault);
    body = form.encode(value);
  } catch (cause) {
    if (cause instanceof RpcError) throw cause;
    // A getter, or a trap of a Proxy.
    throw notSent(form, "reading it failed", cause);
  }
  const fault = formFault(body, limits, form.read);
  if (fault !== undefined) throw notSent(form, fault);
  if (hasPrototypeKeys(body, () => value)) throw notSent(form, PROTOTYPE_KEYS);
  return body;
}

function decode(form: BinaryForm, limits: JsonLimits, body: Uint8Array): unknown {
  const fault = formFault(body, limits, form.read);
  if (fault !== undefined) throw new RpcError("BadRequest", `the body's ${form.name} is refused: ${fault}`);
  let value: unknown;
  try {
    value = form.decode(body);
  } catch (cause) {
    // The library's message may quote a stranger's data, so it stays in the cause.
    throw new RpcError("BadRequest", `the body is not valid ${form.name}`, { cause });
  }
  if (!hasPrototypeKeys(body, () => value)) return value;
  throw new RpcError("BadRequest", `the body's ${form.name} is refused: ${PROTOTYPE_KEYS}`);
}

function notSent(form: BinaryForm, fault: string, cause?: unknown): RpcError {
  return new RpcError("BadRequest", `the value cannot be sent as ${form.name}: ${fault}`, { cause });
}
