import { NO_HEADERS } from "@porthos-rpc/protocol";
import { describe, expect, test } from "vitest";
import { encodedTable } from "../test/driver-codec.js";
import { readProperties } from "./content-header.js";

/** Flags and the properties behind them, as the payload of a content header frame. */
function payload(flags: number, ...properties: (string | number | Buffer)[]): Buffer {
  const start = Buffer.alloc(14);
  start.writeUInt16BE(60, 0);
  start.writeUInt16BE(flags, 12);
  const short = (text: string): Buffer =>
    Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
  const bytes = properties.map((each) => {
    if (typeof each === "string") return short(each);
    return typeof each === "number" ? Buffer.from([each]) : each;
  });
  return Buffer.concat([start, ...bytes]);
}

describe("readProperties", () => {
  test("a message without properties has none", () => {
    const { headers, unreadable, ...rest } = readProperties(payload(0));
    expect(headers).toBe(NO_HEADERS);
    expect([...Object.values(rest), unreadable].every((value) => value === undefined)).toBe(true);
  });

  test("all properties are read or stepped over, in their order", () => {
    const everything = payload(
      0xfff8,
      "application/json",
      "gzip",
      encodedTable({ a: "b" }),
      2,
      9,
      "c1",
      "amq.gen-1",
      "5000",
      "m1",
      Buffer.alloc(8),
      "type",
      "user",
      "app",
    );
    expect(readProperties(everything)).toEqual({
      contentType: "application/json",
      headers: new Map([["a", "b"]]),
      deliveryMode: 2,
      correlationId: "c1",
      replyTo: "amq.gen-1",
      expiration: "5000",
      messageId: "m1",
      unreadable: undefined,
    });
  });

  test("a table that lies about its length does not move what stands behind it", () => {
    const properties = readProperties(payload(0x2400, encodedTable({ a: "b" }), "c1"));
    expect(properties.correlationId).toBe("c1");
  });

  test.each<[string, Buffer]>([
    ["no flags", Buffer.alloc(5)],
    ["a table that is cut off", payload(0x2000, Buffer.from([0, 0, 0, 9, 1]))],
    ["properties that do not exist", payload(0x0001)],
    ["a missing property", payload(0x0400)],
  ])("%s is unreadable, and says why", (_, bytes) => {
    expect(readProperties(bytes).unreadable).toBeInstanceOf(Error);
  });
});
