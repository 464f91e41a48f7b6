import {
  andThen,
  type ClientCall,
  checkDuration,
  checkInteger,
  checkKnown,
  type Extension,
  type ExtensionHost,
  type MaybePromise,
  type ResponseEnvelope,
  type RpcError,
  readFailedAnswer,
  refusedHere,
  wrong,
} from "@porthos-rpc/protocol";
import { bearerText, TOKEN_HEADER, tokenOf } from "./token-header.js";
import { SchemeInToken, TokenSource } from "./token-source.js";

export interface BearerOptions {
  /** Gives a token: a new one each time that it is called, if that can be. */
  readonly token: () => string | Promise<string>;
  /** So long before a JWT expires another one is fetched, in milliseconds, 0 to 3,600,000. @default 30,000 */
  readonly marginMs?: number;
  /** How long `token()` may take, in milliseconds. @default 10,000 */
  readonly timeoutMs?: number;
}

type Next = (call: ClientCall) => MaybePromise<ResponseEnvelope>;

/**
 * Sends a token with each call of a client, in the header `authorization`; a call that has one already keeps it. A JWT is kept until shortly before it
 * expires, when another is fetched beside the calls, and any other token for 60 s. A call that is answered 401 without having run is made once more, with a
 * token that is fetched anew; a stream is not. A call for which no token can be had is `Unavailable`, and was not sent; where `token()` gives it
 * with `Bearer ` before it, `Config`. Its object belongs to one client.
 * @throws {TypeError} for a wrong option, by name.
 */
export function bearer(options: BearerOptions): Extension {
  checkKnown("bearer", options, ["token", "marginMs", "timeoutMs"]);
  const { token } = options;
  if (typeof token !== "function") throw wrong("bearer", "token", "a function that gives a token", token);
  const bounds = { min: 0, max: 3_600_000, fallback: 30_000 };
  const marginMs = checkInteger("bearer", "marginMs", options.marginMs, bounds);
  const timeoutMs = checkDuration("bearer", "timeoutMs", options.timeoutMs, 10_000);
  let source: TokenSource | undefined;
  let report: ExtensionHost["report"] = () => {};

  return {
    name: "bearer",
    apiVersion: 1,
    client: {
      wrap: {
        phase: "auth",
        run(call, next) {
          if (source === undefined) throw new Error("bearer: it was not started");
          const isBrought = tokenOf(call.request.headers) !== undefined;
          return isBrought ? next(call) : send(call, next, source, report);
        },
      },
      start(host) {
        report = (during, error) => host.report(during, error);
        source = new TokenSource(token, { marginMs, timeoutMs }, host.clock, report);
      },
      stop() {
        source?.close();
      },
      describe: () => ({ marginMs, timeoutMs, isTokenKept: source?.isKept ?? false }),
    },
  };
}

function send(
  call: ClientCall,
  next: Next,
  source: TokenSource,
  report: ExtensionHost["report"],
): MaybePromise<ResponseEnvelope> {
  const token = source.get();
  if (token instanceof Promise) {
    return token.then(
      (given) => sendWith(given, call, next, source, report),
      (cause: unknown) => {
        throw noToken(call, cause);
      },
    );
  }
  return sendWith(token, call, next, source, report);
}

function sendWith(
  token: string,
  call: ClientCall,
  next: Next,
  source: TokenSource,
  report: ExtensionHost["report"],
): MaybePromise<ResponseEnvelope> {
  return andThen(next(withToken(call, token)), (answer) => {
    if (answer.statusCode !== 401) return answer;
    source.forget(token);
    // What was read of a stream cannot be read again, and only what did not run may run.
    if (call.kind === "stream" || readFailedAnswer(answer)?.executed !== "no") return answer;
    return again(token, answer, call, next, source, report);
  });
}

/** @returns the answer that there is, where no other token can be had */
async function again(
  refused: string,
  answer: ResponseEnvelope,
  call: ClientCall,
  next: Next,
  source: TokenSource,
  report: ExtensionHost["report"],
): Promise<ResponseEnvelope> {
  let token: string;
  try {
    token = await source.get();
  } catch (error) {
    report("fetching a token", error);
    return answer;
  }
  return token === refused ? answer : next(withToken(call, token));
}

function withToken(call: ClientCall, token: string): ClientCall {
  const headers = new Map(call.request.headers).set(TOKEN_HEADER, bearerText(token));
  return { ...call, request: { ...call.request, headers } };
}

function noToken({ service, method }: ClientCall, cause: unknown): RpcError {
  const what = `${service}.${method}: it was not sent: the option token() of bearer`;
  if (cause instanceof SchemeInToken)
    return refusedHere("Config", `${what} must give the token alone, without "Bearer "`, { cause });
  return refusedHere("Unavailable", `${what} gave no token`, { cause });
}
