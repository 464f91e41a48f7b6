import { RpcError } from "@porthos-rpc/protocol";

/**
 * A request's body is not what its sender, or the handler, says it is. The one error of a handler's that answers 400:
 * any other, a `BadRequest` of a call that it made itself included, is the service's own trouble.
 */
export class MalformedBody extends RpcError {
  constructor(message: string, cause?: unknown) {
    super("BadRequest", message, { cause });
  }
}

/** Runs a codec on a request's body. @throws {MalformedBody} */
export function decodeBody<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    throw new MalformedBody(error.message, error.cause);
  }
}
