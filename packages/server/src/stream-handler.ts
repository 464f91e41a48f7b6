import {
  bytesCodec,
  type Clock,
  type Codecs,
  type MaybePromise,
  type ResponseEnvelope,
  type RpcError,
  type ServerCall,
  type StreamSource,
  wrong,
} from "@porthos-rpc/protocol";
import { streamBroken } from "./answers.js";
import { type CallExchange, exchangeKey } from "./call-exchange.js";
import { MalformedBody } from "./malformed-body.js";
import type { MethodRunner } from "./registry.js";
import { Request } from "./request.js";

/**
 * Answers with a stream: returns its items, mostly by being an async generator. It gets the request that opens the stream, and the
 * items that its caller uploads, which are taken no faster than they are read: JSON values, or bytes.
 */
export type StreamHandler = (request: Request, upload: AsyncIterable<unknown>) => StreamSource<unknown>;

/** What a handler's source throws when nobody waits for it any more. */
export type LateReporter = (call: ServerCall, error: unknown) => void;

/** Runs a handler that streams. @throws {TypeError} for what is no function. */
export function streamRunnerOf(
  where: string,
  handler: StreamHandler,
  clock: Clock,
  codecs: Codecs,
  onLate: LateReporter,
): MethodRunner {
  if (typeof handler !== "function") throw wrong(where, "handler", "a function", handler);
  const nowMs = (): number => clock.now();
  return (call) => {
    const exchange = streamOf(call);
    const upload = exchange.read(codecs, (item) => item);
    const items = handler(new Request(call, nowMs, codecs, undefined), upload);
    return settled(
      exchange,
      exchange.write(items, {
        codec: codecs.json,
        bytesContentType: bytesCodec.contentType,
        prepare: undefined,
        onLate: (error) => onLate(call, error),
      }),
    );
  };
}

/** The exchange of a call that was made as a stream. @throws {MalformedBody} for one that was not. */
export function streamOf(call: ServerCall): CallExchange {
  const exchange = exchangeKey.of(call);
  if (exchange !== undefined && call.kind === "stream") return exchange;
  throw new MalformedBody(`method ${call.method} is a stream, and was called as a plain method`);
}

/**
 * The end of a stream. What is wrong with an upload is not the handler's trouble, wherever in the handler it shows: one that cannot be
 * what it says is its caller's fault, and what was lost on its way is nobody's. That the call has ended is no error of a handler's that reads on.
 */
export async function settled(
  exchange: CallExchange,
  end: MaybePromise<ResponseEnvelope>,
): Promise<ResponseEnvelope> {
  try {
    return await end;
  } catch (error) {
    const told = exchange.endToldBy(error);
    if (told !== undefined) return told;
    if (error === undefined || error !== exchange.uploadError || error instanceof MalformedBody) throw error;
    const { code, message } = error as RpcError;
    if (code === "Unavailable") return streamBroken(message);
    throw new MalformedBody(message, error, "maybe");
  }
}
