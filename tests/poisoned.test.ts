import { connect } from "@porthos-rpc/connect";
import type { Delivery } from "@porthos-rpc/protocol";
import { describe, expect, test } from "vitest";
import { type Row, rows } from "./rows.js";
import { Stage } from "./stage.js";

/** Those whose brokers count deliveries of queues that Porthos declares, lost connections included. */
const counts = /^(?:memory|amqp10 on (?:qpid|rabbitmq-4\.3))$/;
const DELIVERIES = 20;

/** Takes the next request of the queue and dies of it, as a process does. */
async function dieOfNext(row: Row, queue: string): Promise<void> {
  const transport = await connect(row.url);
  try {
    await new Promise<Delivery>((resolve, reject) => {
      transport.consume(queue, { credit: 1 }, resolve).catch(reject);
    });
  } finally {
    await transport.close();
  }
}

describe.concurrent.each(rows.filter(([title]) => counts.test(title)))("over %s", (_title, row) => {
  test("a request of which 20 servers have died is answered 500, and the next server does not run it", {
    timeout: 60_000,
  }, async () => {
    await using stage = new Stage(row, "poisoned");
    const first = await stage.server({});
    await first.shutdown();
    const client = await stage.client({ timeoutMs: 50_000 });
    const answer = client.call("deadly").sync();
    for (let died = 0; died < DELIVERIES; died++) await dieOfNext(row, stage.service);
    let runs = 0;
    const server = await stage.server({ deadly: () => ++runs, harmless: () => "fine" }, { maxInFlight: 1 });
    const poisoned: unknown[] = [];
    server.on("poisoned", (event) => poisoned.push(event));
    const response = await answer;
    expect([response.statusCode, response.json()]).toMatchObject([
      500,
      { title: "Poisoned request", executed: "maybe" },
    ]);
    expect(poisoned).toMatchObject([{ service: stage.service, deliveries: DELIVERIES + 1 }]);
    // It was rejected: its place is free.
    expect((await client.call("harmless").sync()).json()).toBe("fine");
    expect(runs).toBe(0);
  });
});
