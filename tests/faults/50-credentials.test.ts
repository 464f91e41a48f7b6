import { expect } from "vitest";
import { brokerOf } from "./broker-hand.js";
import { ALL_CARRIERS } from "./carriers.js";
import { fault } from "./fault.js";
import { eventually, openLine } from "./network.js";

const RABBITMQ = ALL_CARRIERS.filter((carrier) => carrier.includes("rabbitmq"));

const START = { startTimeoutMs: 8_000, waitUntilReady: false };
const PASSWORD = "pa55w0rd-0f-th1s-test";

/** The URL with another user, and another virtual host. */
function urlWith(url: string, user: string, password: string, vhost?: string): string {
  const other = new URL(url);
  other.username = user;
  other.password = password;
  if (vhost !== undefined) other.pathname = `/${vhost}`;
  return other.href;
}

fault(50, "a wrong password fails both ends at once, for good", async (stage) => {
  const row = { url: urlWith(stage.row.url, "guest", "wr0ng-pa55word") };
  const config = { code: "Config", executed: "no", retryable: false };
  const client = await stage.client({ transport: await stage.transport(row, START) });
  await expect(client.call("echo").sync()).rejects.toMatchObject(config);
  const transport = await stage.transport(row, START);
  await expect(stage.server({}, { transport })).rejects.toMatchObject(config);
});

fault(50, "a virtual host that does not exist fails both ends, and is named", async (stage) => {
  const row = { url: urlWith(stage.row.url, "guest", "guest", "no-such-vhost") };
  const config = { code: "Config", executed: "no", message: expect.stringContaining("no-such-vhost") };
  const client = await stage.client({ transport: await stage.transport(row, START) });
  await expect(client.call("echo").sync()).rejects.toMatchObject(config);
  const transport = await stage.transport(row, START);
  await expect(stage.server({}, { transport })).rejects.toMatchObject(config);
});

/** What is taken away while a connection is up, and given back. */
const TAKEN = {
  "a user that is deleted": {
    take: [["delete_user", "USER"]],
    give: [
      ["add_user", "USER", PASSWORD],
      ["set_permissions", "-p", "VHOST", "USER", ".*", ".*", ".*"],
    ],
  },
  "a virtual host that is deleted": {
    take: [["delete_vhost", "VHOST"]],
    give: [
      ["add_vhost", "VHOST"],
      ["set_permissions", "-p", "VHOST", "USER", ".*", ".*", ".*"],
    ],
  },
} as const;

for (const [what, { take, give }] of Object.entries(TAKEN)) {
  fault(
    50,
    `${what} while they are up: it is told, tried again every 5 s, and they serve again when it is back`,
    async (stage, context) => {
      const broker = brokerOf(stage.row);
      const name = stage.service;
      const ctl = async (commands: readonly (readonly string[])[]): Promise<void> => {
        for (const command of commands)
          await broker.ctl(...command.map((word) => word.replace(/^(USER|VHOST)$/, name)));
      };
      await ctl([["add_vhost", "VHOST"], ...TAKEN["a user that is deleted"].give]);
      const line = await openLine(stage, context);
      const row = { url: urlWith(line.url, name, PASSWORD, name) };
      stage.secrets.add(PASSWORD);
      const [ofServer, ofClient] = [await stage.transport(row), await stage.transport(row)];
      await stage.server({ echo: (request) => request.args()[0] }, { transport: ofServer });
      const client = await stage.client({ transport: ofClient });
      await client.call("echo").withArgs("x").sync();
      const told: string[] = [];
      const stop = ofClient.on("degraded", ({ what, reason }) => {
        if (reason.code === "Config") told.push(what);
      });
      await ctl(take);
      line.cut();
      await eventually(() => told.includes("the connection"), true, { withinMs: 15_000 });
      // Patiently from now on, each of two connections once in five seconds; at first for two seconds, in which it may be a start.
      const before = told.length;
      await expect(client.call("echo").withTimeout(4_000).sync()).rejects.toMatchObject({
        code: "Timeout",
        executed: "no",
      });
      expect(told.length - before).toBeLessThanOrEqual(10);
      await ctl(give);
      await eventually(async () => (await client.call("echo").withArgs("y").sync()).json(), "y", {
        withinMs: 20_000,
      });
      stop();
      await client.close();
      await ofClient.close();
      await broker.ctl("delete_vhost", name);
      await broker.ctl("delete_user", name);
    },
    { on: RABBITMQ, timeoutMs: 120_000 },
  );
}
