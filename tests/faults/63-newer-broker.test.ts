import { expect } from "vitest";
import { rows } from "../rows.js";
import { fault } from "./fault.js";
import { eventually, openLine, up } from "./network.js";

/** The oldest that is tested. */
const OLD = "rabbitmq-3.10";

fault(63, "the same program works on it, with all that it declares", async (stage) => {
  const transport = await stage.transport();
  const streams: Parameters<typeof stage.server>[2] = {
    count: async function* (request) {
      for (let item = 0; item < request.args<[number]>()[0]; item++) yield item;
    },
  };
  await stage.server({ echo: (request) => request.args()[0] }, { transport }, streams);
  const client = await stage.client();
  expect((await client.call("echo").withArgs("x").sync()).json()).toBe("x");
  const items: unknown[] = [];
  for await (const item of client.call("count").withArgs(5).stream()) items.push(item);
  expect(items).toEqual([0, 1, 2, 3, 4]);
  await client.call("echo").withArgs("one way").void();
});

fault(
  63,
  "a broker that is replaced by a newer one while they run: both ends go on with it",
  async (stage, context) => {
    const old = rows.find(
      ([, { broker, transport }]) => broker?.name === OLD && transport === stage.row.transport,
    );
    if (old === undefined) context.skip(`this run has no ${OLD}`);
    else {
      const line = await openLine(old[1], context);
      const [ofServer, ofClient] = [await stage.transport(line), await stage.transport(line)];
      await stage.server({ echo: (request) => request.args()[0] }, { transport: ofServer });
      const client = await stage.client({ transport: ofClient, timeoutMs: 20_000 });
      expect((await client.call("echo").withArgs("old").sync()).json()).toBe("old");
      line.moveTo(stage.row.url);
      await Promise.all([up(ofServer), up(ofClient)]);
      await eventually(async () => (await client.call("echo").withArgs("new").sync()).json(), "new");
      // It is the newer one that has them now.
      const witness = await stage.client();
      expect((await witness.call("echo").withArgs("direct").sync()).json()).toBe("direct");
    }
  },
  { on: ["amqp091 on rabbitmq-4.3", "amqp10 on rabbitmq-4.0", "amqp10 on rabbitmq-4.3"] },
);
