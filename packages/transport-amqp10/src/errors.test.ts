import { Endpoint } from "@porthos-rpc/protocol/driver";
import { describe, expect, test } from "vitest";
import { connectError, linkError, lostError, outcomeError } from "./errors.js";
import { HungUp, LinkFault } from "./lane.js";

const ENDPOINT = new Endpoint(false, "broker", 5672, "v", { username: "user", password: "s3cret" });

function node(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

describe("why a connection could not be made", () => {
  const rows: readonly (readonly [string, unknown, string, boolean, RegExp])[] = [
    ["refused", node("ECONNREFUSED"), "Unavailable", true, /cannot reach the broker at broker:5672/],
    ["no such name", node("ENOTFOUND"), "Unavailable", true, /ENOTFOUND/],
    ["a certificate", node("SELF_SIGNED_CERT_IN_CHAIN"), "Config", false, /TLS with broker:5672/],
    ["a password", new Error("Failed to authenticate: 1"), "Config", false, /refused the credentials/],
    ["a broker in trouble", new Error("Failed to authenticate: 4"), "Unavailable", true, /could not check/],
    [
      "a mechanism",
      new Error("No suitable mechanism; server supports EXTERNAL"),
      "Config",
      false,
      /EXTERNAL/,
    ],
    [
      "a virtual host",
      new LinkFault("amqp:not-found", "no vhost"),
      "Config",
      true,
      /virtual host "v".*no vhost/,
    ],
    ["a broker that stops", new LinkFault("amqp:connection:forced", "bye"), "Unavailable", true, /bye/],
    ["another protocol", new Error("Invalid protocol header"), "Config", true, /does not speak AMQP 1.0/],
    ["a virtual host, without a reason", new HungUp(undefined), "Config", true, /virtual host "v" exist/],
    [
      "a virtual host, with a reset",
      new HungUp(node("ECONNRESET")),
      "Config",
      true,
      /virtual host "v" exist/,
    ],
    [
      "silence",
      new DOMException("This operation was aborted", "AbortError"),
      "Unavailable",
      true,
      /it says nothing/,
    ],
    ["a proxy without broker", undefined, "Unavailable", true, /proxy that has no broker/],
    [
      "a proxy without broker, with a reset",
      node("ECONNRESET"),
      "Unavailable",
      true,
      /cannot reach the broker/,
    ],
  ];
  test.each(rows)("%s", (_, cause, code, retryable, text) => {
    const error = connectError(cause, ENDPOINT, 10_000, "it says nothing");
    expect(error).toMatchObject({ code, retryable, executed: "no" });
    expect(error.message).toMatch(text);
    expect(error.message).not.toContain("s3cret");
  });
});

test("a closed door says nothing about a virtual host that nobody asked for", () => {
  const endpoint = new Endpoint(true, "broker", 5671, undefined, undefined);
  for (const cause of [undefined, new HungUp(undefined)]) {
    const error = connectError(cause, endpoint, 10_000, "it says nothing");
    expect(error).toMatchObject({ code: "Unavailable", retryable: true });
    expect(error.message).toMatch(/tls\.cert/);
  }
});

describe("why a link was closed", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["amqp:not-found", "Config"],
    ["amqp:unauthorized-access", "Config"],
    ["amqp:precondition-failed", "Config"],
    ["amqp:resource-locked", "Config"],
    ["amqp:resource-deleted", "Unavailable"],
    ["amqp:resource-limit-exceeded", "Overloaded"],
    ["amqp:link:message-size-exceeded", "TooLarge"],
    ["amqp:internal-error", "Unavailable"],
  ];
  test.each(rows)("%s is %s", (condition, code) => {
    const error = linkError(new LinkFault(condition, "words"), { subject: 'queue "q"' });
    expect(error.code).toBe(code);
    expect(error.message.startsWith(`queue "q": words (${condition})`)).toBe(true);
  });

  test("what was acknowledged late is no queue of another shape", () => {
    const words =
      "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 1000 ms";
    const advice = new Map([["amqp:precondition-failed", "delete it"]]);
    const error = linkError(new LinkFault("amqp:precondition-failed", words), { subject: "q", advice });
    expect(error).toMatchObject({ code: "Unavailable", executed: "no" });
    expect(error.message).toMatch(
      /; a handler must end sooner \(maxHandlerTimeMs\), or .*\(consumer_timeout\)$/,
    );
  });

  test("with advice, where there is any", () => {
    const advice = new Map([["amqp:not-found", "declare it"]]);
    const error = linkError(new LinkFault("amqp:not-found", "words"), { subject: "q", advice });
    expect(error.message).toMatch(/; declare it$/);
  });
});

test("a lost connection leaves open what was carried out", () => {
  const error = lostError(new LinkFault("amqp:connection:forced", "shutdown"), "broker:5672");
  expect(error).toMatchObject({ code: "Unavailable", executed: "maybe" });
  expect(error.message).toMatch(/broker:5672 was lost: shutdown \(amqp:connection:forced\)/);
});

test("a message that was not taken was not executed", () => {
  const full = outcomeError("q", { kind: "rejected" });
  expect(full).toMatchObject({ code: "Overloaded", executed: "no" });
  const other = outcomeError("q", { kind: "rejected", condition: "failed", description: "why" });
  expect(other).toMatchObject({ code: "Unavailable", executed: "no" });
  expect(other.message).toMatch(/why/);
});

test("a broker that gives no description, or null for one, is told by its condition", () => {
  for (const description of [undefined, null, ""]) {
    const { message } = linkError(new LinkFault("amqp:resource-deleted", description), { subject: "queue" });
    expect(message).toBe("queue: amqp:resource-deleted");
  }
  expect(new LinkFault(null, null)).toMatchObject({ message: "no reason given", condition: undefined });
});
