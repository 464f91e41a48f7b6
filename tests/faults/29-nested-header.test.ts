import { expect } from "vitest";
import { nestedTable } from "../seed-peer/field-table.js";
import { RawConnection } from "../seed-peer/raw-connection.js";
import { brokerOf } from "./broker-hand.js";
import { fault } from "./fault.js";
import { eventually } from "./network.js";

const DEPTH = 4_000;

fault(
  29,
  "it is set aside and told with its queue, whether it comes as a request or as a reply; other calls go on, and nothing reconnects",
  async (stage) => {
    const [ofServer, ofClient] = [await stage.transport(), await stage.transport()];
    const quarantined: string[] = [];
    let downs = 0;
    const stop = [ofServer, ofClient].flatMap((transport) => [
      transport.on("quarantined", ({ address }) => quarantined.push(address)),
      transport.on("down", () => downs++),
    ]);
    let replyTo = "";
    await stage.server(
      {
        echo: (request) => request.args()[0],
        held: async () => await new Promise((resolve) => setTimeout(() => resolve("answer"), 1_500)),
      },
      { transport: ofServer },
    );
    const inbox = await ofClient.openInbox({ onMessage: () => {} });
    replyTo = inbox.address as string;
    const client = await stage.client({ transport: ofClient });
    const held = client.call("held").sync();
    await using raw = await RawConnection.open(brokerOf(stage.row).url("amqp091"));
    const channel = await raw.channel();
    for (const address of [stage.service, replyTo])
      channel.publish(
        "",
        address,
        { headers: [{ name: "x", type: "F", value: nestedTable(DEPTH) }] },
        Buffer.from("[]"),
      );
    await eventually(() => [...quarantined].sort(), [replyTo, stage.service].sort());
    expect((await client.call("echo").withArgs("x").sync()).json()).toBe("x");
    expect((await held).json()).toBe("answer");
    expect(downs).toBe(0);
    for (const each of stop) each();
    await inbox.close();
  },
);
