import type { RpcError, Transport } from "@porthos-rpc/protocol";
import type { Server } from "@porthos-rpc/server";
import { memory, memoryBroker } from "@porthos-rpc/transport-memory";
import { describe, expect, test, vi } from "vitest";
import { cuttable, losingFirstAccept } from "./cuttable.js";
import { Latch } from "./latch.js";
import { rows } from "./rows.js";
import { Stage } from "./stage.js";
import { SOON_MS, within } from "./waits.js";

/** A cut, a reconnect with its pauses, and a machine that may be busy. */
const TEST_MS = 40_000;
const CALL_MS = 20_000;

const nextUp = (transport: Transport): Promise<unknown> =>
  new Promise((resolve) => transport.on("up", resolve));

/** How often the server was asked for what it runs, or has answered. */
function duplicatesOf(server: Server): { count: number } {
  const duplicates = { count: 0 };
  server.on("duplicate", () => duplicates.count++);
  return duplicates;
}

describe.concurrent.each(rows)("over %s", (_title, row) => {
  test("a request that was answered, and whose acknowledgement was lost, is answered again and not run again", {
    timeout: TEST_MS,
  }, async () => {
    await using stage = new Stage(row, "unacknowledged");
    const { transport, other, cut } = await cuttable(row, stage);
    let runs = 0;
    const server = await stage.server(
      { work: () => ++runs },
      { transport: losingFirstAccept(transport, cut) },
    );
    const duplicates = duplicatesOf(server);
    const client = await stage.client({ transport: other });
    expect((await client.call("work").sync()).json()).toBe(1);
    await vi.waitFor(() => expect(duplicates.count).toBe(1), SOON_MS * 2);
    expect((await client.call("work").sync()).json()).toBe(2);
    expect(runs).toBe(2);
  });

  test("an idempotent call whose reply address is lost is answered at the next one, by the run that goes on", {
    timeout: TEST_MS,
  }, async () => {
    await using stage = new Stage(row, "cut-while-running");
    const { transport, other, cut } = await cuttable(row, stage);
    const [running, end] = [new Latch(), new Latch()];
    let runs = 0;
    const work = async (): Promise<number> => {
      running.open();
      await end.pass();
      return ++runs;
    };
    const server = await stage.server({ work }, { transport: other });
    const duplicates = duplicatesOf(server);
    const client = await stage.client({ transport, timeoutMs: CALL_MS });
    const answer = client.call("work").withIdempotence().sync();
    await running.pass();
    cut();
    await vi.waitFor(() => expect(duplicates.count).toBeGreaterThan(0), SOON_MS * 2);
    end.open();
    expect((await answer).json()).toBe(1);
    expect(runs).toBe(1);
  });

  test("an idempotent call whose answer is lost with its address gets the same answer again", {
    timeout: TEST_MS,
  }, async () => {
    await using stage = new Stage(row, "answer-lost");
    const { transport, other, cut } = await cuttable(row, stage);
    let runs = 0;
    const work = (): number => {
      cut();
      return ++runs;
    };
    await stage.server({ work }, { transport: other });
    const client = await stage.client({ transport, timeoutMs: CALL_MS });
    expect((await client.call("work").withIdempotence().sync()).json()).toBe(1);
    expect(runs).toBe(1);
  });

  test("any other call ends at once, and says that it may have run", { timeout: TEST_MS }, async () => {
    await using stage = new Stage(row, "not-idempotent");
    const { transport, other, cut } = await cuttable(row, stage);
    const [running, end] = [new Latch(), new Latch()];
    const work = async (): Promise<void> => {
      running.open();
      await end.pass();
    };
    await stage.server({ work }, { transport: other });
    const client = await stage.client({ transport, timeoutMs: CALL_MS });
    const failed = client
      .call("work")
      .sync()
      .catch((error: unknown) => error as RpcError);
    await running.pass();
    cut();
    const error = await within(SOON_MS, "the end of the call", failed);
    expect(error).toMatchObject({ code: "Unavailable", executed: "maybe" });
    end.open();
  });

  test("an idempotent call that runs outlasts a time without a broker", { timeout: TEST_MS }, async () => {
    await using stage = new Stage(row, "away");
    const { transport, other, refuse, accept } = await cuttable(row, stage);
    const [running, end] = [new Latch(), new Latch()];
    let runs = 0;
    const work = async (): Promise<number> => {
      running.open();
      await end.pass();
      return ++runs;
    };
    await stage.server({ work }, { transport: other });
    const client = await stage.client({ transport, timeoutMs: CALL_MS });
    const answer = client.call("work").withIdempotence().sync();
    await running.pass();
    await refuse();
    end.open();
    const up = nextUp(transport);
    await accept();
    await up;
    expect((await answer).json()).toBe(1);
    expect(runs).toBe(1);
  });

  test("an idempotent call goes on over the next transport, to the same effect", {
    timeout: TEST_MS,
  }, async () => {
    await using stage = new Stage(row, "failover");
    const { transport, other, refuse } = await cuttable(row, stage);
    const broker = memoryBroker();
    const [second, secondOfServer] = [memory({ broker }), memory({ broker })];
    for (const each of [second, secondOfServer]) stage.addTransport(each);
    const [running, end] = [new Latch(), new Latch()];
    let runs = 0;
    const work = async (): Promise<number> => {
      running.open();
      await end.pass();
      return ++runs;
    };
    const server = await stage.server({ work }, { transport: [other, secondOfServer] });
    const duplicates = duplicatesOf(server);
    const client = await stage.client({ transport: [transport, second], timeoutMs: CALL_MS });
    const answer = client.call("work").withIdempotence().sync();
    await running.pass();
    await refuse();
    await vi.waitFor(() => expect(duplicates.count).toBe(1), SOON_MS * 2);
    end.open();
    expect((await answer).json()).toBe(1);
    expect(runs).toBe(1);
  });

  test("a one-way call that is idempotent arrives, however often its connection is cut meanwhile", {
    timeout: TEST_MS,
  }, async () => {
    await using stage = new Stage(row, "one-way");
    const { transport, other, cut } = await cuttable(row, stage);
    const arrived = new Set<number>();
    await stage.server({ note: (request) => void arrived.add(request.json<number>()) }, { transport: other });
    const client = await stage.client({ transport, timeoutMs: CALL_MS });
    const sent: Promise<void>[] = [];
    for (let value = 0; value < 60; value++) {
      sent.push(client.call("note").withStruct(value).withIdempotence().void());
      if (value % 30 === 15) cut();
      if (value % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(sent);
    await vi.waitFor(() => expect(arrived.size).toBe(60), SOON_MS);
  });
});
