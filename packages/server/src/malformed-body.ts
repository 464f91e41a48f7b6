import { type Executed, type ResponseEnvelope, RpcError } from "@porthos-rpc/protocol";
import { badRequest, invalidInput, unsupportedMediaType } from "./answers.js";

/**
 * A request's body is not what its sender, or the method, says it is. The one error of a handler's that answers 400 or 415:
 * any other, a `BadRequest` of a call that it made itself included, is the service's own trouble.
 */
export class MalformedBody extends RpcError {
  toResponse(): ResponseEnvelope {
    return badRequest(this.message, this.executed);
  }

  /** @param executed whether the handler ran: on what came before, of an upload */
  constructor(message: string, cause?: unknown, executed: Executed = "no") {
    super("BadRequest", message, { cause, executed });
  }
}

/** A body of a content type that this server has no codec for. */
export class UnknownContent extends MalformedBody {
  override toResponse(): ResponseEnvelope {
    return unsupportedMediaType(this.message);
  }
}

/** A body that does not fit the method's contract. */
export class InvalidInput extends MalformedBody {
  override toResponse(): ResponseEnvelope {
    return invalidInput(this.message, this.executed);
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
