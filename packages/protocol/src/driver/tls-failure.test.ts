import { describe, expect, test } from "vitest";
import { tlsFailure } from "./tls-failure.js";

const failure = (message: string, more: object): Error => Object.assign(new Error(message), more);

describe("tlsFailure", () => {
  test.each<[string, Error, string, string]>([
    [
      "a port without TLS",
      failure("80:error:0A:SSL routines:record.c:350:\n", {
        code: "ERR_SSL_WRONG_VERSION_NUMBER",
        reason: "wrong version number",
      }),
      "Config",
      "TLS with host:5671 failed: wrong version number; does this port speak TLS?",
    ],
    [
      "a port that hangs up",
      failure("Client network socket disconnected before secure TLS connection was established", {
        code: "ECONNRESET",
      }),
      "Unavailable",
      "host:5671 closed the connection during the TLS handshake; does this port speak TLS?",
    ],
    [
      "a certificate of somebody else",
      failure("self-signed certificate", { code: "DEPTH_ZERO_SELF_SIGNED_CERT" }),
      "Config",
      "TLS with host:5671 failed: self-signed certificate; check the options under tls: ca must be the authority that signed for the broker",
    ],
  ])("%s: says what failed and what to do", (_, cause, code, message) => {
    expect(tlsFailure("host:5671", cause)).toMatchObject({ code, message, executed: "no", cause });
  });

  test.each([undefined, "closed", failure("read ECONNRESET", { code: "ECONNRESET" }), new Error("x")])(
    "is none for what has nothing to do with TLS (%#)",
    (cause) => {
      expect(tlsFailure("host:5671", cause)).toBeUndefined();
    },
  );
});
