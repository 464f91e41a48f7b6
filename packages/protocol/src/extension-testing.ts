import type { ClientCall, ExtensionHost, ServerCall } from "./extension.js";
import { ManualClock } from "./manual-clock.js";
import { NO_BODY } from "./message.js";
import { ACCEPTED } from "./transport.js";
import type { RequestEnvelope, ResponseEnvelope } from "./wire.js";

/** A call as a client's extension gets it: of `TestService.test`, unless something else is said. */
export function clientCall(given: Partial<ClientCall> = {}): ClientCall {
  const { service = "TestService", method = "test" } = given;
  const request = requestOf(method);
  return {
    service,
    method,
    kind: "call",
    idempotent: false,
    request,
    timeoutMs: 1_000,
    signal: undefined,
    ...given,
  };
}

/** A request as a server's extension gets it: of `TestService.test`, unless something else is said. */
export function serverCall(given: Partial<ServerCall> = {}): ServerCall {
  const { service = "TestService", method = "test" } = given;
  return {
    service,
    method,
    kind: "call",
    request: requestOf(method),
    id: undefined,
    clientId: undefined,
    ageMs: undefined,
    redelivered: false,
    deadlineMs: undefined,
    signal: new AbortController().signal,
    ...given,
  };
}

/** An answer: 200 without a body, unless something else is said. */
export function responseEnvelope(given: Partial<ResponseEnvelope> = {}): ResponseEnvelope {
  return { statusCode: 200, contentType: undefined, body: NO_BODY, headers: undefined, ...given };
}

/**
 * The host of one extension: a server without methods, whose clock is moved by hand, whose sends are accepted and whose reports throw, unless
 * something else is said.
 */
export function extensionHost(given: Partial<ExtensionHost> = {}): ExtensionHost {
  const { service = "TestService", side = "server", transports = [] } = given;
  return {
    service,
    side,
    clock: new ManualClock(),
    transports,
    methods: new Map(),
    send: async () => ACCEPTED,
    report: (during, error) => {
      throw new Error(`the extension reported an error of ${during}`, { cause: error });
    },
    describe: () => ({ side, service, transports: [], extensions: [] }),
    ...given,
  };
}

function requestOf(method: string): RequestEnvelope {
  return { method, contentType: undefined, body: NO_BODY, headers: undefined };
}
