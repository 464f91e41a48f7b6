import { expect } from "vitest";
import { fault } from "./fault.js";
import { openLine, several } from "./network.js";

fault(
  8,
  "it is given up after connectTimeoutMs, and another host serves both ends",
  async (stage, context) => {
    const line = await openLine(stage, context);
    line.freeze();
    const options = { connectTimeoutMs: 300 };
    const ofServer = several(stage, [line.url, stage.row.url], options);
    const ofClient = several(stage, [line.url, stage.row.url], options);
    await stage.server({ echo: (request) => request.args()[0] }, { transport: ofServer });
    const client = await stage.client({ transport: ofClient });
    expect((await client.call("echo").withArgs("x").sync()).json()).toBe("x");
  },
);

fault(
  8,
  "where it is the only one, calls and listen() end in time and say so; they succeed once it speaks",
  async (stage, context) => {
    const line = await openLine(stage, context);
    line.freeze();
    const options = { connectTimeoutMs: 300, startTimeoutMs: 700, waitUntilReady: false };
    const client = await stage.client({ transport: await stage.transport(line, options) });
    const startedMs = performance.now();
    await expect(stage.server({}, { transport: await stage.transport(line, options) })).rejects.toMatchObject(
      {
        code: "Unavailable",
        executed: "no",
        message: expect.stringContaining("within 300 ms"),
      },
    );
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    await expect(client.call("echo").withTimeout(300).sync()).rejects.toMatchObject({
      code: "Timeout",
      executed: "no",
    });
    line.thaw();
    await stage.server({ echo: (request) => request.args()[0] });
    expect((await client.call("echo").withArgs("x").sync()).json()).toBe("x");
  },
);
