import { expect } from "vitest";
import { SOON_MS, within } from "../waits.js";
import { fault } from "./fault.js";
import { eventually, openLine } from "./network.js";

fault(
  3,
  "listen() and calls end within their budgets, not executed; the same ends succeed once it is there",
  async (stage, context) => {
    const line = await openLine(stage, context);
    await line.refuse();
    const options = { startTimeoutMs: 400, waitUntilReady: false };
    await expect(stage.transport(line, { startTimeoutMs: 400 })).rejects.toMatchObject({
      code: "Unavailable",
      executed: "no",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    const client = await stage.client({ transport: await stage.transport(line, options) });
    const impatient = await stage.client({
      transport: await stage.transport(line, options),
      whenDown: "fail",
    });
    await expect(stage.server({}, { transport: await stage.transport(line, options) })).rejects.toMatchObject(
      {
        code: "Unavailable",
        executed: "no",
      },
    );
    await expect(client.call("echo").withTimeout(300).sync()).rejects.toMatchObject({
      code: "Timeout",
      executed: "no",
      message: expect.stringContaining("waiting for the connection"),
    });
    await expect(
      within(SOON_MS, "a call that does not wait", impatient.call("echo").sync()),
    ).rejects.toMatchObject({
      code: "Unavailable",
      executed: "no",
    });
    // Longer than the start budget: whoever has begun goes on.
    const waiting = client.call("echo").withArgs("x").sync();
    await stage.server({ echo: (request) => request.args()[0] });
    await new Promise((resolve) => setTimeout(resolve, 900));
    await line.accept();
    expect((await waiting).json()).toBe("x");
    const again = async (): Promise<unknown> => (await impatient.call("echo").withArgs("y").sync()).json();
    await eventually(again, "y");
  },
);
