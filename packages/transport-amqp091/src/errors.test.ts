import { RpcError } from "@porthos-rpc/protocol";
import { Endpoint } from "@porthos-rpc/protocol/driver";
import { describe, expect, test } from "vitest";
import { channelError, connectError, lostError, replyCodeOf } from "./errors.js";

const endpoint = new Endpoint(false, "broker.example", 5672, "orders", {
  username: "bob",
  password: "s3cret",
});

function failure(message: string, more: object = {}): Error {
  return Object.assign(new Error(message), more);
}

describe("connectError", () => {
  test.each<[string, Error, string, boolean]>([
    [
      "a wrong password",
      failure(
        'Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile."',
      ),
      "Config",
      false,
    ],
    [
      "a wrong password at Qpid",
      failure('Handshake terminated by server: 530 (NOT-ALLOWED) with message "Authentication failed"'),
      "Config",
      false,
    ],
    [
      "a missing virtual host",
      failure("Expected ConnectionOpenOk; got <ConnectionClose channel:0>"),
      "Config",
      true,
    ],
    [
      "a port without SASL PLAIN",
      failure("SASL mechanism PLAIN is not provided by the server"),
      "Config",
      false,
    ],
    [
      "a certificate of somebody else",
      failure("altnames", { code: "ERR_TLS_CERT_ALTNAME_INVALID" }),
      "Config",
      false,
    ],
    ["an expired certificate", failure("expired", { code: "CERT_HAS_EXPIRED" }), "Config", false],
    [
      "an unknown authority",
      failure("self-signed", { code: "DEPTH_ZERO_SELF_SIGNED_CERT" }),
      "Config",
      false,
    ],
    ["a port without TLS", failure("wrong version number", { code: "EPROTO" }), "Config", false],
    [
      "a certificate that cannot be read",
      failure("no start line", { code: "ERR_OSSL_PEM_NO_START_LINE" }),
      "Config",
      false,
    ],
    ["a broker that speaks something else", failure("Invalid frame"), "Config", true],
    ["a refused connection", failure("connect ECONNREFUSED", { code: "ECONNREFUSED" }), "Unavailable", true],
    ["an unknown host", failure("getaddrinfo ENOTFOUND", { code: "ENOTFOUND" }), "Unavailable", true],
    ["a reset", failure("read ECONNRESET", { code: "ECONNRESET" }), "Unavailable", true],
    [
      "silence",
      failure("The operation was aborted", { name: "AbortError", code: "ABORT_ERR" }),
      "Unavailable",
      true,
    ],
    [
      "a hang-up in the handshake",
      failure("Socket closed abruptly during opening handshake"),
      "Unavailable",
      true,
    ],
  ])("%s: the code tells whether trying again can help", (_, cause, code, retryable) => {
    const error = connectError(cause, endpoint, 10_000);
    expect(error).toMatchObject({ code, retryable, executed: "no", cause });
    expect(error.message).toContain("broker.example:5672");
    expect(error.message).not.toMatch(/bob|s3cret/);
  });

  test("a virtual host that is refused is named", () => {
    const error = connectError(
      failure("Expected ConnectionOpenOk; got <ConnectionClose channel:0>"),
      endpoint,
      1,
    );
    expect(error.message).toContain('"orders"');
  });

  test("of several addresses that failed the first is told", () => {
    const cause = new AggregateError([failure("connect ECONNREFUSED ::1:5672")], "");
    Object.assign(cause, { code: "ECONNREFUSED" });
    expect(connectError(cause, endpoint, 1).message).toContain("connect ECONNREFUSED ::1:5672");
  });

  test("an RpcError stays what it is", () => {
    const error = new RpcError("Config", "as it was");
    expect(connectError(error, endpoint, 1)).toBe(error);
  });
});

describe("lostError", () => {
  test("what was under way may have been carried out", () => {
    expect(lostError(failure("read ECONNRESET"), "h:1")).toMatchObject({
      code: "Unavailable",
      executed: "maybe",
    });
    expect(lostError(failure("Heartbeat timeout"), "h:1").message).toContain("silent for two heartbeats");
    expect(lostError(undefined, "h:1").message).toContain("was lost: closed");
  });
});

describe("channelError", () => {
  test.each([
    [403, "ACCESS_REFUSED - access to queue 'q' refused", "Config"],
    [404, "NOT_FOUND - no queue 'q'", "Config"],
    [405, "RESOURCE_LOCKED - cannot obtain exclusive access", "Config"],
    [406, "PRECONDITION_FAILED - inequivalent arg 'durable'", "Config"],
    [541, "INTERNAL_ERROR", "Unavailable"],
  ])("%d is told in the broker's words", (code, words, expected) => {
    const cause = failure(`Operation failed: QueueDeclare; ${code} (X) with message "${words}"`, { code });
    const error = channelError(cause, { subject: 'queue "q"', advice: { [code]: "do this" } });
    expect(error).toMatchObject({ code: expected, executed: "no" });
    expect(error.message).toBe(`queue "q": ${words}; do this`);
    expect(replyCodeOf(error.cause)).toBe(code);
  });

  test("what was acknowledged late is no queue of another shape", () => {
    const words =
      "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 1000 ms";
    const cause = failure(`Channel closed by server: 406 (PRECONDITION-FAILED) with message "${words}"`, {
      code: 406,
    });
    const error = channelError(cause, { subject: "q", advice: { 406: "delete it" } });
    expect(error).toMatchObject({ code: "Unavailable", executed: "no" });
    expect(error.message).toMatch(
      /; a handler must end sooner \(maxHandlerTimeMs\), or .*\(consumer_timeout\)$/,
    );
  });

  test("a message above the broker's limit is TooLarge, with the limit", () => {
    const words = "PRECONDITION_FAILED - message size 70000 is larger than configured max size 65536";
    const cause = failure(`Channel closed by server: 406 (PRECONDITION-FAILED) with message "${words}"`, {
      code: 406,
    });
    expect(channelError(cause, { subject: "sending" })).toMatchObject({
      code: "TooLarge",
      details: { maxMessageBytes: 65_536 },
    });
  });
});
