import { NO_HEADERS } from "@porthos-rpc/protocol";
import { expect, test } from "vitest";
import { type Send, UnsettledSends } from "./unsettled.js";

function send(address: string, bytes = 10): Send {
  return {
    address,
    message: {
      body: new Uint8Array(bytes),
      contentType: undefined,
      correlationId: undefined,
      replyTo: undefined,
      ttlMs: undefined,
      headers: NO_HEADERS,
      durable: false,
    },
    listener: undefined,
    bytes: undefined,
    queuedAtMs: 0,
    sentAtMs: 0,
    told: false,
  };
}

const names = (sends: readonly Send[]): string[] => sends.map(({ address }) => address);

test("what waits leaves in its order, and counts until it does", () => {
  const unsettled = new UnsettledSends();
  for (let i = 0; i < 5_000; i++) unsettled.wait(send(String(i)));
  expect([unsettled.waiting, unsettled.size, unsettled.bytes]).toEqual([5_000, 5_000, 50_000]);
  for (let i = 0; i < 5_000; i++) expect(unsettled.next()?.address).toBe(String(i));
  expect(unsettled.next()).toBeUndefined();
  expect([unsettled.waiting, unsettled.size, unsettled.bytes]).toEqual([0, 0, 0]);
});

test("what is to wait no longer is taken out, and the rest keeps its order", () => {
  const unsettled = new UnsettledSends();
  for (const name of ["a", "b", "c", "d"]) unsettled.wait(send(name));
  unsettled.next();
  expect(names(unsettled.takeWaiting(({ address }) => address === "c"))).toEqual(["c"]);
  expect([unsettled.next()?.address, unsettled.next()?.address]).toEqual(["b", "d"]);
});

test("what was told stays until the broker's word comes, and is told once", () => {
  const unsettled = new UnsettledSends();
  unsettled.sent(1, send("a"));
  unsettled.sent(2, send("b"));
  expect(names(unsettled.tellSent(({ address }) => address === "a"))).toEqual(["a"]);
  expect(names(unsettled.tellSent(() => true))).toEqual(["b"]);
  expect(unsettled.size).toBe(2);
  expect(unsettled.settle(1)?.told).toBe(true);
  expect(unsettled.settle(1)).toBeUndefined();
});

test("who waits for the end hears of it, however it comes", async () => {
  const unsettled = new UnsettledSends();
  await unsettled.empty();
  unsettled.sent(1, send("a"));
  unsettled.wait(send("b"));
  const empty = Promise.all([unsettled.empty(), unsettled.empty()]);
  const { sent, waiting } = unsettled.drop();
  await empty;
  expect([names(sent), names(waiting), unsettled.bytes]).toEqual([["a"], ["b"], 0]);
});
