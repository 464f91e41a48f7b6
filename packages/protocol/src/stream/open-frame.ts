import { type Codecs, codecWithin } from "../content.js";
import { RpcError } from "../errors.js";
import type { JsonLimits } from "../json-limits.js";
import { kindOf } from "../kind-of.js";
import type { ItemsFrame } from "./frames.js";

/**
 * The items in a frame, exactly `frame.count`. One item of a content type that has no codec here is its bytes.
 * @throws {RpcError} BadRequest, with the reason, for bytes that are not what the frame says; or as the codec does.
 */
export function openFrame(
  { kind, count, body, contentType }: ItemsFrame,
  codecs: Codecs,
): readonly unknown[] {
  const codec = codecs.find(contentType);
  if (kind === "item") return [codec === undefined ? body : codec.decode(body)];
  if (codec === undefined) throw wrong("their content type is not known here");
  const items = codecWithin(codec, limitsOfList(codecs.limits, count)).decode(body);
  if (!Array.isArray(items)) throw wrong(`the body is ${kindOf(items)}, not an array`);
  if (items.length !== count) throw wrong(`there are ${items.length}, and should be ${count}`);
  return items;
}

/** Limits are for each item: a list of them is a level deeper, and has the keys of all. */
function limitsOfList({ maxJsonDepth, maxJsonKeys }: JsonLimits, count: number): JsonLimits {
  return { maxJsonDepth: maxJsonDepth + 1, maxJsonKeys: maxJsonKeys * count };
}

function wrong(reason: string): RpcError {
  return new RpcError("BadRequest", reason);
}
