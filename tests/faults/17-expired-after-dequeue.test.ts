import { setTimeout as delay } from "node:timers/promises";
import type { Extension } from "@porthos-rpc/protocol";
import type { Handler } from "@porthos-rpc/server";
import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { Latch } from "../latch.js";
import { fault } from "./fault.js";

fault(17, "a request that expired while its server was busy never runs", async (stage) => {
  const latch = new Latch();
  const started = new Arrivals<unknown>("a started run");
  const run: Handler = async (request) => {
    started.add(request.args()[0]);
    await latch.pass();
  };
  await stage.server({ run }, { maxInFlight: 1 });
  const client = await stage.client();
  const first = client.call("run").withArgs("first").sync();
  await started.next();
  const expired = client.call("run").withArgs("expired").withTimeout(100).sync();
  await expect(expired).rejects.toMatchObject({ code: "Timeout" });
  latch.open();
  await first;
  await client.call("run").withArgs("last").sync();
  expect(started.all).toEqual(["first", "last"]);
});

fault(17, "a request that expired while it waited for a slot never runs, and is counted", async (stage) => {
  const latch = new Latch();
  const started = new Arrivals<unknown>("a started run");
  const run: Handler = async (request) => {
    started.add(request.args()[0]);
    await latch.pass();
  };
  // Acknowledged early, the broker sends more than there are slots.
  const server = await stage.server({ run }, { maxInFlight: 1, autoAck: true });
  const expired = new Arrivals<string>("an expired request");
  server.on("expired", ({ call }) => expired.add(call.method));
  const client = await stage.client();
  const first = client.call("run").withArgs("first").sync();
  await started.next();
  const late = client.call("run").withArgs("expired").withTimeout(300).sync();
  await expect(late).rejects.toMatchObject({ code: "Timeout" });
  latch.open();
  await first;
  expect(await expired.next()).toBe("run");
  await client.call("run").withArgs("last").sync();
  expect(started.all).toEqual(["first", "last"]);
});

fault(
  17,
  "a request whose time is over when it is decoded does not run, and its caller learns that",
  async (stage) => {
    const slow: Extension = {
      name: "slow",
      apiVersion: 1,
      server: {
        wire: {
          incoming: async (message) => {
            if (message.body.length > 0) await delay(1_000);
            return message;
          },
        },
      },
    };
    const started = new Arrivals<unknown>("a started run");
    const server = await stage.server({ run: () => started.add(true) }, { extensions: [slow] });
    const expired = new Arrivals<true>("an expired request");
    server.on("expired", () => expired.add(true));
    const client = await stage.client();
    await client.call("run").sync();
    const late = client.call("run").withArgs("expired").withTimeout(400).sync();
    await expect(late).rejects.toMatchObject({ code: "Timeout" });
    await expired.next();
    await delay(1_000);
    expect(started.count).toBe(1);
  },
);
