import type { Handler } from "@porthos-rpc/server";
import { describe, expect, test } from "vitest";
import { Arrivals } from "./arrivals.js";
import { rows } from "./rows.js";
import { Stage } from "./stage.js";
import { within } from "./waits.js";

const ALIVE_MS = 250;
/** Three signs of life that are missing, and a machine that is busy. */
const NOTICED_MS = 3_000;

describe.each(rows)("signs of life over %s", (_title, row) => {
  test("a caller that asks learns that its call is taken, and that it lives", async () => {
    await using stage = new Stage(row);
    const signs = new Arrivals<true>("a sign of life");
    let answer = (): void => {};
    await stage.server({ ponder: () => new Promise<void>((resolve) => (answer = resolve)) });
    const client = await stage.client();
    const call = client
      .call("ponder")
      .withLiveness(ALIVE_MS, () => signs.add(true))
      .sync();
    await signs.take(3);
    answer();
    expect((await call).statusCode).toBe(204);
    const { length } = signs.all;
    // One that does not ask gets none.
    const plain = client.call("ponder").withTimeout(400).sync();
    await expect(plain).rejects.toMatchObject({ code: "Timeout" });
    expect(signs.all).toHaveLength(length);
  });

  test("a call fails early when the server that ran it dies", async () => {
    await using stage = new Stage(row);
    const transport = await stage.transport();
    const started = new Arrivals<true>("a started run");
    await stage.server({ ponder: forever(started) }, { transport });
    const client = await stage.client({ timeoutMs: 60_000 });
    const call = client.call("ponder").withLiveness(ALIVE_MS).sync();
    const failed = expect(within(NOTICED_MS, "the call's end", call)).rejects.toMatchObject({
      code: "Unavailable",
      executed: "maybe",
    });
    await started.next();
    await transport.close();
    await failed;
  });

  test("a server learns that its caller is gone, and stops", async ({ skip }) => {
    await using stage = new Stage(row);
    const transport = await stage.transport();
    await transport.ready();
    if (!transport.features.unroutableReplies) skip("the broker does not tell: unroutableReplies is false");
    const started = new Arrivals<true>("a started run");
    const aborted = new Arrivals<true>("an aborted handler");
    await stage.server({ ponder: forever(started, aborted) });
    const client = await stage.client({ transport });
    const call = client.call("ponder").withLiveness(ALIVE_MS).sync();
    const failed = expect(call).rejects.toMatchObject({ executed: "maybe" });
    await started.next();
    await transport.close();
    await aborted.next(NOTICED_MS);
    await failed;
  });

  test("a stream ends when its writer dies", async () => {
    await using stage = new Stage(row);
    const transport = await stage.transport();
    await stage.server(
      {},
      { transport },
      {
        async *once({ signal }) {
          yield 1;
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        },
      },
    );
    const client = await stage.client();
    const items = client.call("once").withLiveness(ALIVE_MS).stream();
    await items.next();
    const failed = expect(within(NOTICED_MS, "the stream's end", items.next())).rejects.toMatchObject({
      code: "Unavailable",
      executed: "maybe",
    });
    await transport.close();
    await failed;
  });

  test("a handler stops when its stream's reader dies", async () => {
    await using stage = new Stage(row);
    const transport = await stage.transport();
    const ended = new Arrivals<true>("the end of the handler");
    await stage.server(
      {},
      {},
      {
        async *endless() {
          try {
            for (let n = 0; ; n++) yield n;
          } finally {
            ended.add(true);
          }
        },
      },
    );
    const client = await stage.client({ transport });
    const items = client.call("endless").withLiveness(ALIVE_MS).stream({ window: 8 });
    await items.next();
    await transport.close();
    await ended.next(NOTICED_MS);
    await items.return?.();
  });
});

/** A handler that ends only when nobody waits for it any more. */
function forever(started: Arrivals<true>, aborted?: Arrivals<true>): Handler {
  return ({ signal }) => {
    started.add(true);
    return new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => {
        aborted?.add(true);
        resolve();
      });
    });
  };
}
