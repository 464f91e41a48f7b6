import type { Client } from "@porthos-rpc/client";
import { cache } from "@porthos-rpc/extension-cache";
import type { Extension } from "@porthos-rpc/protocol";
import { describe, expect, test, vi } from "vitest";
import { Latch } from "../latch.js";
import { Stage } from "../stage.js";
import { SOON_MS } from "../waits.js";
import { rows } from "./rows.js";

const get = (client: Client, options: { readonly signal?: AbortSignal; readonly headers?: object } = {}) => {
  const call = client.call("get").withIdempotence().withMap({ id: 1 });
  if (options.headers !== undefined) call.withHeaders({ ...options.headers });
  if (options.signal !== undefined) call.withSignal(options.signal);
  return call.sync();
};

/** On either side. */
const SIDES: [side: string, client: () => Extension[], server: () => Extension[]][] = [
  ["client", () => [cache()], () => []],
  ["server", () => [], () => [cache({ methods: ["get"] })]],
];

const countsOf = (end: Pick<Client, "describe">): unknown => end.describe().extensions[0]?.settings;

describe.concurrent.each(rows)("over %s", (_title, row) => {
  test.each(SIDES)(
    "a %s gives an answer again, to those of the same credentials",
    async (side, ofClient, ofServer) => {
      await using stage = new Stage(row, `cache-${side}`);
      let runs = 0;
      await stage.server({ get: () => ({ run: ++runs }) }, { extensions: ofServer() });
      const client = await stage.client({ extensions: ofClient() });
      const answers = [];
      for (const authorization of ["a", "a", "b", "a", "b"])
        answers.push((await get(client, { headers: { authorization } })).json());
      expect(answers).toEqual([1, 1, 2, 1, 2].map((run) => ({ run })));
    },
  );

  test.each(SIDES)(
    "on a %s, calls at the same time are one; who gives up does so alone",
    async (side, ofClient, ofServer) => {
      await using stage = new Stage(row, `joined-${side}`);
      const [running, end] = [new Latch(), new Latch()];
      let runs = 0;
      const handler = async () => {
        running.open();
        await end.pass();
        return ++runs;
      };
      const server = await stage.server({ get: handler }, { extensions: ofServer() });
      const client = await stage.client({ extensions: ofClient() });
      const holder = side === "client" ? client : server;
      const first = get(client);
      await running.pass();
      const controller = new AbortController();
      const hasty = get(client, { signal: controller.signal });
      const hastyEnd = expect(hasty).rejects.toMatchObject({ code: "Cancelled" });
      const third = get(client);
      await vi.waitFor(() => expect(countsOf(holder)).toMatchObject({ joined: 2 }), SOON_MS);
      controller.abort();
      await hastyEnd;
      end.open();
      expect([(await first).json(), (await third).json()]).toEqual([1, 1]);
      expect(runs).toBe(1);
    },
  );

  test.each(SIDES)(
    "on a %s, the next call is made if the first is given up",
    async (side, ofClient, ofServer) => {
      await using stage = new Stage(row, `next-${side}`);
      const [running, end] = [new Latch(), new Latch()];
      let begun = 0;
      const handler = async () => {
        const run = ++begun;
        running.open();
        // The first is deaf to its signal, and never ends.
        if (run === 1) await new Promise(() => {});
        await end.pass();
        return run;
      };
      const server = await stage.server({ get: handler }, { extensions: ofServer() });
      const client = await stage.client({ extensions: ofClient() });
      const holder = side === "client" ? client : server;
      const controller = new AbortController();
      const first = get(client, { signal: controller.signal });
      const firstEnd = expect(first).rejects.toMatchObject({ code: "Cancelled" });
      await running.pass();
      const second = get(client);
      await vi.waitFor(() => expect(countsOf(holder)).toMatchObject({ joined: 1 }), SOON_MS);
      controller.abort();
      await firstEnd;
      end.open();
      expect((await second).json()).toBe(2);
    },
  );
});
