import { expect, test } from "vitest";
import { orAbort } from "./or-abort.js";

const FOREVER = new Promise<never>(() => {});

test("comes to what the work comes to", async () => {
  const { signal } = new AbortController();
  await expect(orAbort(signal, Promise.resolve(7))).resolves.toBe(7);
  await expect(orAbort(signal, Promise.reject(new Error("no")))).rejects.toThrow("no");
});

test("ends with the signal's reason, whenever that is aborted", async () => {
  const abort = new AbortController();
  const waiting = orAbort(abort.signal, FOREVER);
  abort.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(orAbort(abort.signal, FOREVER)).rejects.toThrow("enough");
});
