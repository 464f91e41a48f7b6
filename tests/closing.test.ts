import { connect } from "@porthos-rpc/connect";
import type { Handler } from "@porthos-rpc/server";
import { describe, expect, test } from "vitest";
import { Arrivals } from "./arrivals.js";
import { Latch } from "./latch.js";
import { rows } from "./rows.js";
import { Stage } from "./stage.js";
import { within } from "./waits.js";

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

const echoSoon: Handler = async (request) => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return request.args()[0];
};

describe.each(rows)("closing over %s", (_title, row) => {
  test("shutdown under load loses nothing: every call is answered, and runs once", async () => {
    await using stage = new Stage(row);
    const runs: number[] = [];
    const work: Handler = (request, response) => {
      runs.push(request.args<[number]>()[0]);
      return echoSoon(request, response);
    };
    const leaving = await stage.server({ work }, { maxInFlight: 20 });
    await stage.server({ work }, { maxInFlight: 20 });
    const client = await stage.client();
    let shutdown: Promise<void> | undefined;
    const answers = numbers(600).map(async (value) => {
      const { statusCode } = await client.call("work").withArgs(value).sync();
      if (value === 150) shutdown = leaving.shutdown();
      return statusCode;
    });
    expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
    await shutdown;
    expect(runs.sort((a, b) => a - b)).toEqual(numbers(600));
  });

  test("shutdown waits for what runs, and takes nothing more", async () => {
    await using stage = new Stage(row);
    const latch = new Latch();
    const started = new Arrivals<unknown>("a started run");
    const work: Handler = async (request) => {
      started.add(request.args()[0]);
      await latch.pass();
      return "done";
    };
    const leaving = await stage.server({ work });
    const client = await stage.client();
    const running = client.call("work").withArgs("running").sync();
    await started.next();
    const closed = leaving.shutdown();
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    await stage.server({ work: () => "by the other" });
    expect((await client.call("work").withArgs("later").sync()).json()).toBe("by the other");
    expect(isClosed).toBe(false);
    latch.open();
    expect((await running).json()).toBe("done");
    await within(2_000, "the shutdown", closed);
    expect(started.all).toEqual(["running"]);
  });

  test("what a shutdown's timeout cuts off goes to another server, and its handler is told", async ({
    skip,
  }) => {
    if (row.cannot.has("mark what comes again")) skip("the broker does not mark what comes again");
    await using stage = new Stage(row);
    const aborted = new Arrivals<boolean>("an aborted handler");
    const started = new Arrivals<true>("a started run");
    const leaving = await stage.server({
      work: (request) =>
        new Promise((resolve) => {
          request.signal.addEventListener("abort", () => {
            aborted.add(true);
            resolve("nobody hears this");
          });
          started.add(true);
        }),
    });
    const client = await stage.client();
    const answer = client.call("work").sync();
    await started.next();
    await leaving.shutdown({ timeoutMs: 50 });
    expect(await aborted.next()).toBe(true);
    await stage.server({ work: (request) => `redelivered: ${request.redelivered}` });
    expect((await answer).json()).toBe("redelivered: true");
  });

  test("close in the middle gives back what runs and what waits", async () => {
    await using stage = new Stage(row);
    const latch = new Latch();
    const started = new Arrivals<true>("a started run");
    const leaving = await stage.server(
      {
        work: async () => {
          started.add(true);
          await latch.pass();
          return "too late";
        },
      },
      { maxInFlight: 10 },
    );
    const client = await stage.client();
    const answers = numbers(30).map(async (value) =>
      (await client.call("work").withArgs(value).sync()).json(),
    );
    await started.take(10);
    await within(2_000, "the close", leaving.close());
    await stage.server({ work: (request) => request.args()[0] });
    expect(await Promise.all(answers)).toEqual(numbers(30));
    latch.open();
  });

  test("with autoAck what was begun is not run again: its caller is told, 503", async () => {
    await using stage = new Stage(row);
    const latch = new Latch();
    const started = new Arrivals<true>("a started run");
    const leaving = await stage.server(
      {
        work: async () => {
          started.add(true);
          await latch.pass();
        },
      },
      { autoAck: true },
    );
    const client = await stage.client();
    const answer = client.call("work").withTimeout(1_000).sync();
    await started.next();
    await leaving.close();
    let again = 0;
    await stage.server({
      work: () => {
        again++;
      },
      fence: () => true,
    });
    await client.call("fence").sync();
    const told = await answer;
    expect(told.statusCode).toBe(503);
    expect(told.json()).toMatchObject({ executed: "maybe" });
    expect(again).toBe(0);
    latch.open();
  });

  test("a server that restarts while calls are in flight leaves none without its answer", async () => {
    await using stage = new Stage(row);
    const work: Handler = echoSoon;
    let server = await stage.server({ work }, { maxInFlight: 20 });
    const client = await stage.client();
    let answered = 0;
    const quarter = new Arrivals<number>("a quarter of the answers");
    const answers = numbers(400).map(async (value) => {
      const response = await client.call("work").withArgs(value).sync();
      if (++answered % 100 === 0) quarter.add(answered);
      return response.json();
    });
    for (const end of ["close", "shutdown", "close"] as const) {
      await quarter.next();
      await server[end]();
      server = await stage.server({ work }, { maxInFlight: 20 });
    }
    expect(await Promise.all(answers)).toEqual(numbers(400));
  });

  test("a client's close ends its calls with Closed, and later calls too", async () => {
    await using stage = new Stage(row);
    const latch = new Latch();
    const started = new Arrivals<true>("a started run");
    await stage.server({
      hold: async () => {
        started.add(true);
        await latch.pass();
      },
    });
    const client = await stage.client();
    const call = client.call("hold").sync();
    call.catch(() => {});
    await started.next();
    await within(2_000, "the client's close", client.close());
    await expect(call).rejects.toMatchObject({ code: "Closed", executed: "maybe" });
    await expect(client.call("hold").sync()).rejects.toMatchObject({ code: "Closed", executed: "no" });
    latch.open();
  });

  test("a client's close with a timeout waits for the calls under way", async () => {
    await using stage = new Stage(row);
    await stage.server({ echoSoon });
    const client = await stage.client();
    const answers = numbers(50).map(async (value) =>
      (await client.call("echoSoon").withArgs(value).sync()).json(),
    );
    await client.close({ timeoutMs: 5_000 });
    expect(await Promise.all(answers)).toEqual(numbers(50));
  });

  test("with its last user a transport closes its connections, and opens them again for the next", async () => {
    await using stage = new Stage(row);
    await stage.server({ one: () => 1 });
    const transport = await stage.transport();
    for (const _round of [1, 2, 3]) {
      const client = await stage.client({ transport });
      expect((await client.call("one").sync()).json()).toBe(1);
      await client.close();
      expect(transport.state).toBe("idle");
    }
  });

  test("a client that is closed before its first call closes the connections that nobody uses", async () => {
    await using stage = new Stage(row);
    const transport = await stage.transport();
    const client = await stage.client({ transport });
    expect(transport.state).toBe("up");
    await client.close();
    expect(transport.state).toBe("idle");
  });

  test("a transport that is closed says so to those who use it", async () => {
    await using stage = new Stage(row);
    await stage.server({ one: () => 1 });
    const transport = await connect(row.url);
    const client = await stage.client({ transport });
    await client.call("one").sync();
    await transport.close();
    await expect(client.call("one").sync()).rejects.toMatchObject({ code: "Closed", executed: "no" });
    await transport.close();
  });
});
