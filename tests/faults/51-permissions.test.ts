import { expect } from "vitest";
import { brokerOf } from "./broker-hand.js";
import { fault } from "./fault.js";
import { eventually } from "./network.js";

const ALL = ".*";
const NONE = "^$";

fault(
  51,
  "the error names the resource; what sends is opened again, and all is well once the permission is given",
  async (stage) => {
    const broker = brokerOf(stage.row);
    const user = stage.service;
    await broker.ctl("add_user", user, user);
    const permit = (configure: string, write: string, read: string): Promise<string> =>
      broker.ctl("set_permissions", user, configure, write, read);
    const url = new URL(stage.row.url);
    url.username = user;
    url.password = user;
    const row = { url: url.href };

    await permit(NONE, ALL, ALL);
    const config = { code: "Config", executed: "no" };
    const ofServer = await stage.transport(row);
    await expect(stage.server({}, { transport: ofServer }), "configure").rejects.toMatchObject({
      ...config,
      message: expect.stringContaining(stage.service),
    });
    await permit(ALL, ALL, NONE);
    await expect(stage.server({}, { transport: ofServer }), "read").rejects.toMatchObject({
      ...config,
      message: expect.stringContaining(stage.service),
    });

    await stage.server({ echo: (request) => request.args()[0] });
    await permit(ALL, NONE, ALL);
    const client = await stage.client({ transport: await stage.transport(row) });
    const refused: Error = await client
      .call("echo")
      .withArgs("x")
      .withTimeout(3_000)
      .sync()
      .then(
        () => new Error("it was answered"),
        (reason: Error) => reason,
      );
    expect(refused).toMatchObject({ code: "Config" });
    expect(refused.message).toMatch(/amq\.default|exchange|access|refused/i);
    await permit(ALL, ALL, ALL);
    const echo = async (): Promise<unknown> =>
      (await client.call("echo").withArgs("y").withTimeout(1_000).sync()).json();
    await eventually(echo, "y", { withinMs: 20_000 });
    await broker.ctl("delete_user", user);
  },
  { timeoutMs: 90_000 },
);
