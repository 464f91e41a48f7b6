import { expect } from "vitest";
import { fault } from "./fault.js";
import { figure, Losses, openLine, quickHeartbeats, tookMs, up } from "./network.js";

/** Two heartbeats of a second, and a second. */
const NOTICED_WITHIN_MS = 3_000;

fault(
  4,
  "both ends notice within two heartbeats and a second; then calls go on, each run once",
  async (stage, context) => {
    const line = await openLine(stage, context);
    const options = quickHeartbeats(stage.row);
    const [ofServer, ofClient] = [await stage.transport(line, options), await stage.transport(line, options)];
    const runs: unknown[] = [];
    await stage.server(
      {
        note: (request) => {
          runs.push(request.args()[0]);
          return request.args()[0];
        },
      },
      { transport: ofServer },
    );
    const client = await stage.client({ transport: ofClient });
    await client.call("note").withArgs("before").sync();

    using server = new Losses(ofServer);
    using caller = new Losses(ofClient);
    const frozenAtMs = performance.now();
    line.freeze();
    const lost = client.call("note").withArgs("lost").sync();
    const took = await Promise.all(
      [server.sent, server.received, caller.sent, caller.received].map((each) =>
        tookMs(frozenAtMs, each, "the loss to be noticed"),
      ),
    );
    figure("half-open noticed", stage.row, `${took.join(", ")} ms`);
    expect(Math.max(...took)).toBeLessThanOrEqual(NOTICED_WITHIN_MS);
    await expect(lost).rejects.toMatchObject({ code: "Unavailable", executed: "maybe" });

    line.thaw();
    await Promise.all([up(ofServer), up(ofClient)]);
    const values = Array.from({ length: 20 }, (_, index) => `after ${index}`);
    const answers = await Promise.all(
      values.map(async (value) => (await client.call("note").withArgs(value).sync()).json()),
    );
    expect(answers).toEqual(values);
    expect(runs.filter((value) => String(value).startsWith("after")).sort()).toEqual([...values].sort());
  },
);

fault(
  4,
  "with longer heartbeats it is two of them and a second too, and not three of them",
  async (stage, context) => {
    const line = await openLine(stage, context);
    const transport = await stage.transport(line, quickHeartbeats(stage.row, 3));
    await stage.server({ note: () => {} }, { transport });
    using losses = new Losses(transport);
    const frozenAtMs = performance.now();
    line.freeze();
    const took = await Promise.all(
      [losses.sent, losses.received].map((each) => tookMs(frozenAtMs, each, "the loss to be noticed")),
    );
    figure("half-open noticed, heartbeat of 3 s", stage.row, `${took.join(", ")} ms`);
    expect(Math.max(...took)).toBeLessThanOrEqual(7_000);
  },
);
