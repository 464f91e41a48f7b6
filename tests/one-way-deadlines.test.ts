import { createClient } from "@porthos-rpc/client";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { expect, test, vi } from "vitest";

test("a one-way call that a handler makes is not bound by its deadline, nor are the calls that come of it", async () => {
  const transport = memory();
  const [front, back, last] = ["Front", "Back", "Last"].map((service) =>
    createServer({ transport, service }),
  );
  const [toFront, toBack, toLast] = ["Front", "Back", "Last"].map((service) =>
    createClient({ transport, service }),
  );
  const answers: unknown[] = [];
  let goOn = (): void => {};
  const late = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  front?.register("begin", async () => {
    await toBack?.call("work").void();
  });
  back?.register("work", async () => {
    await late;
    answers.push(
      await toLast
        ?.call("end")
        .sync()
        .then((response) => response.json(), String),
    );
  });
  last?.register("end", () => "done");
  await Promise.all([front?.listen(), back?.listen(), last?.listen()]);
  try {
    const timeoutMs = 50;
    await toFront?.call("begin").withTimeout(timeoutMs).sync();
    setTimeout(goOn, 2 * timeoutMs);
    await vi.waitFor(() => expect(answers).toEqual(["done"]));
  } finally {
    await Promise.all([toFront?.close(), toBack?.close(), toLast?.close()]);
    await Promise.all([front?.close(), back?.close(), last?.close()]);
  }
});
