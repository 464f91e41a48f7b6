import {
  type Executed,
  HANDLER_STUCK,
  OVERLOADED_PROBLEM,
  problemResponse,
  RETRY_AFTER_HEADER,
  type Refusal,
  type ResponseEnvelope,
  Status,
  TIMEOUT_PROBLEM,
  UNAVAILABLE_PROBLEM,
} from "@porthos-rpc/protocol";

/*
 * The answers that the server itself gives. None says more than the caller may know: no stack, no list of methods, no
 * text of a handler's error.
 */

export function methodNotFound(service: string): ResponseEnvelope {
  return answer(Status.NotFound, "Method not found", `service ${service} has no such method`, "no");
}

export function badRequest(detail: string, executed: Executed = "no"): ResponseEnvelope {
  return answer(Status.BadRequest, "Bad request", detail, executed);
}

/** @param detail which fields, and why */
export function invalidInput(detail: string, executed: Executed): ResponseEnvelope {
  return answer(Status.BadRequest, "Invalid input", detail, executed);
}

export function unsupportedMediaType(detail: string): ResponseEnvelope {
  return answer(Status.UnsupportedMediaType, "Unsupported content type", detail, "no");
}

export function requestTooLarge(bytes: number, maxBodyBytes: number): ResponseEnvelope {
  return answer(
    Status.TooLarge,
    "Request too large",
    `the request has ${bytes} bytes; the limit is ${maxBodyBytes}`,
    "no",
  );
}

export function expired(): ResponseEnvelope {
  return timedOut("Request expired", "its time was over before it could run", "no");
}

export function deadlinePassed(): ResponseEnvelope {
  return timedOut("Deadline passed", "the handler did not finish in time", "yes");
}

/** @param executed whether the handler ran */
export function handlerStuck(executed: Executed): ResponseEnvelope {
  const detail = "the handler did not finish within the time that the service allows";
  return timedOut(HANDLER_STUCK, detail, executed);
}

/**
 * There is too much to do.
 * @param executed whether the handler ran @param retryAfterMs when it may be otherwise, if that is known
 */
export function overloaded(detail: string, executed: Executed, retryAfterMs?: number): ResponseEnvelope {
  const status = Status.TooManyRequests;
  const problem = problemResponse({
    type: OVERLOADED_PROBLEM,
    status,
    title: "Overloaded",
    detail,
    executed,
  });
  return retryingAfter(problem, retryAfterMs);
}

function retryingAfter(response: ResponseEnvelope, retryAfterMs: number | undefined): ResponseEnvelope {
  if (retryAfterMs === undefined) return response;
  return { ...response, headers: new Map([[RETRY_AFTER_HEADER, Math.ceil(retryAfterMs / 1_000)]]) };
}

function timedOut(title: string, detail: string, executed: Executed): ResponseEnvelope {
  return problemResponse({ type: TIMEOUT_PROBLEM, status: Status.Timeout, title, detail, executed });
}

export function cancelled(): ResponseEnvelope {
  return answer(Status.Cancelled, "Cancelled", "its caller gave up", "maybe");
}

/** Of a stream that the server cannot go on with. @param executed whether the handler ran */
export function streamBroken(detail: string, executed: Executed = "maybe"): ResponseEnvelope {
  return unavailable("Stream broken", detail, executed);
}

export function serverClosed(): ResponseEnvelope {
  return unavailable("Server closed", "the server closed while the request ran", "maybe");
}

function unavailable(title: string, detail: string, executed: Executed): ResponseEnvelope {
  return problemResponse({ type: UNAVAILABLE_PROBLEM, status: Status.Unavailable, title, detail, executed });
}

/** Of a request that came so often that whoever runs it most likely dies of it. */
export function poisoned(deliveries: number): ResponseEnvelope {
  const detail = `it was delivered ${deliveries} times, and nobody has answered it`;
  return answer(Status.InternalError, "Poisoned request", detail, "maybe");
}

/** @param executed whether the handler ran */
export function internalError(executed: Executed = "yes"): ResponseEnvelope {
  return answer(Status.InternalError, "Internal error", undefined, executed);
}

export function responseTooLarge(): ResponseEnvelope {
  return answer(
    Status.InternalError,
    "Response too large",
    "the response is larger than the limit on its way",
    "yes",
  );
}

/** In the words of the extension that refused it. @param executed if that is known better than by the refusal */
export function refusedByExtension(
  refusal: Refusal,
  executed: Executed = refusal.executed,
): ResponseEnvelope {
  const { status, title, message, retryAfterMs } = refusal;
  if (status === Status.TooManyRequests) return overloaded(message, executed, retryAfterMs);
  return retryingAfter(answer(status, title, message, executed), retryAfterMs);
}

function answer(
  status: number,
  title: string,
  detail: string | undefined,
  executed: Executed,
): ResponseEnvelope {
  return problemResponse(
    detail === undefined ? { status, title, executed } : { status, title, detail, executed },
  );
}
