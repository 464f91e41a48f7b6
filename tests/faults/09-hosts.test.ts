import { expect } from "vitest";
import { fault } from "./fault.js";
import { elsewhere, eventually, openLine, several } from "./network.js";

fault(
  9,
  "a name that is unknown and a port where nobody listens are passed over, at both ends",
  async (stage) => {
    const urls = [
      elsewhere(stage.row.url, "no-such-host.invalid:5672"),
      elsewhere(stage.row.url, "127.0.0.1:1"),
      stage.row.url,
    ];
    const [ofServer, ofClient] = [several(stage, urls), several(stage, urls)];
    await stage.server({ echo: (request) => request.args()[0] }, { transport: ofServer });
    const client = await stage.client({ transport: ofClient });
    expect((await client.call("echo").withArgs("x").sync()).json()).toBe("x");
  },
);

fault(9, "an unknown name alone is told with the name, and not retried for ever", async (stage) => {
  const row = { url: elsewhere(stage.row.url, "no-such-host.invalid:5672") };
  const transport = await stage.transport(row, { startTimeoutMs: 500, waitUntilReady: false });
  await expect(transport.ready()).rejects.toMatchObject({
    code: "Unavailable",
    message: expect.stringContaining("no-such-host.invalid"),
  });
});

fault(
  9,
  "clients spread over the hosts of a list, and go on by another when one dies",
  async (stage, context) => {
    const lines = [await openLine(stage, context), await openLine(stage, context)] as const;
    const urls = lines.map(({ url }) => url);
    await stage.server({ echo: (request) => request.args()[0] });
    const clients = await Promise.all(
      Array.from({ length: 12 }, () => stage.client({ transport: several(stage, urls) })),
    );
    const echoAll = (): Promise<unknown[]> =>
      Promise.all(clients.map(async (client) => (await client.call("echo").withArgs(1).sync()).json()));
    await echoAll();
    // The chance that twelve draw the same order is one in two thousand.
    for (const line of lines) expect(line.connections).toBeGreaterThan(0);
    await lines[0].refuse();
    await eventually(
      echoAll,
      clients.map(() => 1),
    );
  },
);
