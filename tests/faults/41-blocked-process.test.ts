import { expect } from "vitest";
import { Program } from "../program.js";
import { fault } from "./fault.js";
import { eventually, quickHeartbeats } from "./network.js";

const BLOCKED_MS = 3_500;

fault(
  41,
  "its calls end with their answer or honestly, and it serves again by itself",
  async (stage) => {
    await using server = new Program("tests/programs/blocking-server.ts", {
      env: { PORTHOS_URL: stage.row.url },
      args: [JSON.stringify(quickHeartbeats(stage.row)), stage.service],
    });
    await server.line(/is listening/);
    const client = await stage.client({ timeoutMs: 20_000 });
    const blocking = client.call("block").withArgs(BLOCKED_MS).sync();
    await server.line(/runs/);
    const other = client.call("echo").withArgs("meanwhile").sync();
    expect((await blocking).json()).toBe("done");
    expect((await other).json()).toBe("meanwhile");
    await eventually(async () => (await client.call("echo").withArgs("x").sync()).json(), "x");
    const told = server.lines.filter((line) => line.startsWith("{"));
    // Where the broker gave it up meanwhile the request came again, and was known: it did not run twice.
    expect(told.filter((line) => line.includes("runs"))).toHaveLength(1);
    expect(server.errors).toBe("");
    server.signal("SIGTERM");
    expect(await server.end(15_000)).toMatchObject({ code: 0 });
  },
  { timeoutMs: 60_000 },
);
