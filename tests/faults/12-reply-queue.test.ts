import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { fault } from "./fault.js";
import { eventually, openLine, up } from "./network.js";

fault(
  12,
  "calls that wait at the lost address end at once and unsure; later ones ask for a new address; the answer to nobody is told, and its request done with",
  async (stage, context) => {
    const line = await openLine(stage, context);
    let answer = (): void => {};
    const mayAnswer = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let runs = 0;
    const ofServer = await stage.transport();
    const server = await stage.server(
      {
        held: async () => {
          runs++;
          await mayAnswer;
        },
        echo: (request) => request.args()[0],
      },
      { transport: ofServer },
    );
    let lost = 0;
    const stop = server.on("replyLost", () => lost++);
    const ofClient = await stage.transport(line);
    const client = await stage.client({ transport: ofClient });
    const waiting = client.call("held").sync();
    await eventually(() => runs, 1);
    const startedMs = performance.now();
    line.cut();
    await expect(waiting).rejects.toMatchObject({ code: "Unavailable", executed: "maybe" });
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    await up(ofClient);
    expect((await client.call("echo").withArgs("x").sync()).json()).toBe("x");
    // The broker takes its time to delete what was the lost connection's.
    await delay(300);
    answer();
    if (ofServer.features.unroutableReplies) await eventually(() => lost, 1);
    stop();
    // Acknowledged: who comes after this server gets nothing of it.
    await server.shutdown();
    let again = 0;
    await stage.server({ held: () => void again++, echo: (request) => request.args()[0] });
    expect((await client.call("echo").withArgs("y").sync()).json()).toBe("y");
    expect([runs, again]).toEqual([1, 0]);
  },
);
