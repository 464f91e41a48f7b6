import { RpcError } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { eventually, figure, Losses } from "./network.js";
import type { Outage } from "./outage.js";
import type { WatchedStage } from "./watch/watched-stage.js";

const SLOW_MS = 300;

/**
 * Calls are under way, more are made while the broker is away, and it comes back: each ends with its own answer or an honest
 * error, and both ends serve again by themselves, each request once.
 */
export async function livedThrough(stage: WatchedStage, outage: Outage): Promise<void> {
  const [ofServer, ofClient] = [await stage.transport(), await stage.transport()];
  const ups: number[] = [];
  const stopUps = ofServer.on("up", ({ epoch }) => ups.push(epoch));
  const runs = new Map<unknown, number>();
  const server = await stage.server(
    {
      slow: async (request) => {
        const [value] = request.args();
        runs.set(value, (runs.get(value) ?? 0) + 1);
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
        return value;
      },
      echo: (request) => request.args()[0],
    },
    { transport: ofServer },
  );
  const client = await stage.client({ transport: ofClient, timeoutMs: 60_000 });
  const impatient = await stage.client({ transport: ofClient, whenDown: "fail" });
  await client.call("echo").withArgs("before").sync();
  using losses = new Losses(ofClient);

  const values = Array.from({ length: 20 }, (_, index) => `under way ${index}`);
  const underWay = values.map((value) => client.call("slow").withArgs(value).sync());
  const ends = Promise.allSettled(underWay);
  await eventually(() => runs.size, values.length);
  const { isBack } = await outage.begin(stage);
  await losses.sent;
  await expect(impatient.call("echo").sync()).rejects.toMatchObject({ code: "Unavailable", executed: "no" });
  await expect(client.call("echo").withTimeout(200).sync()).rejects.toMatchObject({
    code: "Timeout",
    executed: "no",
  });
  const waiting = client.call("echo").withArgs("while it is away").sync();

  await isBack;
  const backMs = performance.now();
  expect((await waiting).json()).toBe("while it is away");
  figure("usable again after the broker is back", stage.row, `${Math.round(performance.now() - backMs)} ms`);
  for (const [index, end] of (await ends).entries()) {
    if (end.status === "fulfilled") expect(end.value.json()).toBe(values[index]);
    else {
      expect(end.reason).toBeInstanceOf(RpcError);
      expect(end.reason).toMatchObject({ code: "Unavailable", executed: "maybe" });
    }
  }
  // Not registered twice: of what is called now each runs once.
  const later = Array.from({ length: 20 }, (_, index) => `later ${index}`);
  const answers = await Promise.all(
    later.map(async (value) => (await client.call("slow").withArgs(value).sync()).json()),
  );
  expect(answers).toEqual(later);
  expect(later.map((value) => runs.get(value))).toEqual(later.map(() => 1));
  expect(ups.length).toBeGreaterThan(0);
  stopUps();
  await server.shutdown();
}
