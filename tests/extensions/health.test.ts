import { type HealthExtension, health } from "@porthos-rpc/extension-health";
import { describe, expect, test } from "vitest";
import { cuttable } from "../cuttable.js";
import { Latch } from "../latch.js";
import { type Row, rows } from "../rows.js";
import { Stage } from "../stage.js";
import { within } from "../waits.js";

/*
 * What probes are told over HTTP of servers and clients whose broker goes and comes back.
 */

const BACK_WITHIN_MS = 15_000;

/** Memory, and the newest broker of each protocol that this run has. */
const some: readonly (readonly [string, Row])[] = rows.filter(
  ([title]) => !/rabbitmq-(3\.10|4\.0)|qpid/.test(title),
);

const probe = () => health({ port: 0, host: "127.0.0.1" });

async function get(extension: HealthExtension, path: string) {
  const response = await fetch(`http://127.0.0.1:${extension.port}${path}`);
  return { status: response.status, detail: (await response.json()) as { readonly phase?: string } };
}

/** Asks until it is so: the way of an orchestrator. */
async function becomes(extension: HealthExtension, path: string, status: number): Promise<void> {
  const asking = (async () => {
    while ((await get(extension, path)).status !== status)
      await new Promise((resolve) => setTimeout(resolve, 50));
  })();
  await within(BACK_WITHIN_MS, `${status} of ${path}`, asking);
}

describe.concurrent.each(some)("over %s", (_title, row) => {
  test("a server, and a client, are ready while their broker is there, and alive all the time", async () => {
    await using stage = new Stage(row, "probed");
    const [server, client] = [probe(), probe()];
    const { transport, refuse, accept } = await cuttable(row, stage);
    await stage.server({ ping: () => "pong" }, { transport, extensions: [server] });
    const caller = await stage.client({ transport, extensions: [client] });
    await caller.call("ping").sync();
    for (const each of [server, client]) await becomes(each, "/readyz", 200);
    await refuse();
    for (const each of [server, client]) await becomes(each, "/readyz", 503);
    for (const each of [server, client]) expect((await get(each, "/livez")).status).toBe(200);
    await accept();
    for (const each of [server, client]) await becomes(each, "/readyz", 200);
  });

  test("a server that closes is not ready at once, is alive until it has finished, and then says nothing", async () => {
    await using stage = new Stage(row, "closing");
    const extension = probe();
    const [begun, finish] = [new Latch(), new Latch()];
    const server = await stage.server(
      {
        wait: async () => {
          begun.open();
          await finish.pass();
          return "done";
        },
      },
      { extensions: [extension] },
    );
    const client = await stage.client();
    const waiting = client.call("wait").sync();
    await begun.pass();
    expect((await get(extension, "/readyz")).status).toBe(200);
    const closed = server.shutdown();
    const { status, detail } = await get(extension, "/readyz");
    expect([status, detail.phase]).toEqual([503, "closing"]);
    expect((await get(extension, "/livez")).status).toBe(200);
    finish.open();
    expect((await waiting).json()).toBe("done");
    await closed;
    expect((await extension.status()).readiness).toMatchObject({ ready: false, phase: "stopped" });
  });

  test("a check that hangs or throws harms no call", async () => {
    await using stage = new Stage(row, "checks");
    const bad = {
      hangs: () => new Promise(() => {}),
      throws: () => {
        throw new Error("down");
      },
    };
    const extension = health({ port: 0, host: "127.0.0.1", checkTimeoutMs: 100, checks: bad });
    const server = await stage.server({ ping: () => "pong" }, { extensions: [extension] });
    const told: string[] = [];
    server.on("extensionError", ({ during }) => told.push(during));
    const client = await stage.client();
    const asked = get(extension, "/readyz");
    expect((await client.call("ping").sync()).json()).toBe("pong");
    expect(await asked).toMatchObject({
      status: 503,
      detail: { checks: { hangs: "late", throws: "failed" } },
    });
    expect(told.sort()).toEqual(["check hangs", "check throws"]);
  });
});
