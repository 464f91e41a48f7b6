import type { Broker } from "@porthos-rpc/brokers";
import { describeEachBroker } from "@porthos-rpc/brokers/vitest";
import { createClient } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { createServer } from "@porthos-rpc/server";
import { expect, test } from "vitest";

type Protocol = "amqp091" | "amqp10";

const LIFE_MS = 3_000;
const CALLS_FOR_MS = 7_000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Brokers that cannot be told of new credentials. They do not look at ours again either, so that any will do. */
function replacing(protocol: Protocol, broker: Broker): void {
  test(`${protocol}: connections whose credentials end are made anew in time, and no call is lost over it`, async () => {
    const url = new URL(broker.url(protocol));
    const [username, password] = [url.username, url.password];
    url.username = "";
    url.password = "";
    let asked = 0;
    const credentials = async () => {
      asked++;
      return { username, password, expiresAt: new Date(Date.now() + LIFE_MS) };
    };
    const transport = await connect(url.href, { credentials });
    const said: string[] = [];
    transport.on("down", ({ reason }) => said.push(reason.message));
    const service = `replacing-${protocol}-${process.pid}`;
    await using server = createServer({ transport, service });
    const ran = new Map<number, number>();
    server.register("work", async (request, response) => {
      const [number] = request.args() as [number];
      ran.set(number, (ran.get(number) ?? 0) + 1);
      await pause(100);
      response.json(200, number);
    });
    await server.listen();
    // Of the same transport: its address for replies is one of those that change.
    await using client = createClient({ transport, service, timeoutMs: 5_000 });
    const calls: Promise<number>[] = [];
    for (const until = Date.now() + CALLS_FOR_MS; Date.now() < until; await pause(30)) {
      const call = client.call("work").withIdempotence().withArgs(calls.length).sync();
      calls.push(call.then((response) => response.json<number>()));
    }
    expect(await Promise.all(calls)).toEqual(calls.map((_, number) => number));
    // Both connections, at the start and twice since.
    expect(asked).toBeGreaterThanOrEqual(6);
    expect(said.length).toBeGreaterThanOrEqual(2);
    for (const reason of said) expect(reason).toContain("made anew, since its credentials end");
    expect([...ran.values()].filter((times) => times > 1)).toEqual([]);
  }, 30_000);
}

describeEachBroker("amqp091", (broker) => replacing("amqp091", broker), ["qpid"]);
describeEachBroker("amqp10", (broker) => replacing("amqp10", broker), ["qpid", "artemis"]);
