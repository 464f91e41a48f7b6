import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { prometheus } from "@porthos-rpc/extension-prometheus";
import parsePrometheusTextFormat from "parse-prometheus-text-format";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { Latch } from "../latch.js";
import { Stage } from "../stage.js";
import { within } from "../waits.js";
import { rows } from "./rows.js";

/*
 * Metrics of real calls, as Prometheus gets them: over HTTP, read by a parser of the format that is not ours.
 */

type Parse = typeof parsePrometheusTextFormat;
// What it is called with depends on who loads it: its module has two forms.
const parse: Parse =
  (parsePrometheusTextFormat as Parse & { readonly default?: Parse }).default ?? parsePrometheusTextFormat;

type Labels = Readonly<Record<string, string>>;

/** A process's registry, behind the page that Prometheus reads. */
class Scraped implements AsyncDisposable {
  readonly registry = new Registry();
  readonly #http = createHttpServer(async (_request, response) => {
    response.setHeader("content-type", this.registry.contentType);
    response.end(await this.registry.metrics());
  });

  static async open(): Promise<Scraped> {
    const scraped = new Scraped();
    await once(scraped.#http.listen(0, "127.0.0.1"), "listening");
    return scraped;
  }

  async scrape() {
    const { port } = this.#http.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    // Of a typed histogram the parser merges the rows; each by itself it reads as it stands.
    const samples = (await response.text()).replaceAll(/^#.*\n/gm, "");
    const families = parse(samples);
    const rowsOf = (name: string) =>
      families.filter((family) => family.name === `porthos_${name}`).flatMap(({ metrics }) => metrics);
    /** Undefined for a row that there is not. */
    const valueAt = (name: string, labels: Labels): number | undefined => {
      const row = rowsOf(name).find((each) =>
        Object.entries(labels).every(([label, value]) => each.labels?.[label] === value),
      );
      return row === undefined ? undefined : Number(row.value);
    };
    return { rowsOf, valueAt };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.close();
    this.#http.closeAllConnections();
  }
}

describe.concurrent.each(rows)("over %s", (_title, row) => {
  test("what is scraped of a client and two servers in one process is what became of their calls", async () => {
    await using page = await Scraped.open();
    await using stage = new Stage(row, "scraped");
    const { registry } = page;
    const measured = () => ({ extensions: [prometheus({ registry })] });
    const handlers = {
      addOne: (request: { json<T>(): T }) => request.json<number>() + 1,
      fail: () => {
        throw new Error("x");
      },
      ponder: () => new Promise<never>(() => {}),
    };
    const servers = [await stage.server(handlers, measured()), await stage.server(handlers, measured())];
    for (const server of servers) server.on("handlerError", () => {});
    const client = await stage.client(measured());
    for (let value = 0; value < 20; value++) await client.call("addOne").withStruct(value).sync();
    await client.call("fail").sync();
    for (let n = 0; n < 10; n++) await client.call(`missing${n}`).sync();
    const ponder = client.call("ponder").withTimeout(300).sync();
    await expect(ponder).rejects.toMatchObject({ code: "Timeout" });

    const { service } = stage;
    const { rowsOf, valueAt } = await page.scrape();
    const ofCall = (labels: Labels) => valueAt("client_call_duration_seconds_count", { service, ...labels });
    const ofRequest = (labels: Labels) =>
      valueAt("server_request_duration_seconds_count", { service, ...labels });
    expect(ofCall({ method: "addOne", code: "OK", status: "2xx", executed: "yes" })).toBe(20);
    expect(ofCall({ method: "fail", code: "Remote", status: "5xx", executed: "yes" })).toBe(1);
    expect(ofCall({ method: "missing0", code: "Remote", status: "4xx", executed: "no" })).toBe(1);
    expect(ofCall({ method: "ponder", code: "Timeout", status: "none" })).toBe(1);
    expect(ofRequest({ method: "addOne", status: "2xx" })).toBe(20);
    expect(ofRequest({ method: "fail", status: "5xx" })).toBe(1);
    expect(ofRequest({ method: "ponder", status: "5xx" })).toBe(1);
    expect(valueAt("server_refused_total", { method: "_OTHER", reason: "unknown method" })).toBe(10);
    expect(rowsOf("server_refused_total")).toHaveLength(1);
    expect(valueAt("server_events_total", { service, event: "handler_error" })).toBe(1);
    expect(valueAt("server_queue_age_seconds_count", { service })).toBe(22);
    expect(valueAt("server_requests_in_flight", { service })).toBe(0);
    expect(valueAt("client_calls_pending", { service })).toBe(0);
  });

  test("what is under way is in the gauges, and no longer once it is over, or its server closed", async () => {
    await using page = await Scraped.open();
    await using stage = new Stage(row, "gauges");
    const { registry } = page;
    const measured = () => ({ extensions: [prometheus({ registry })] });
    const latch = new Latch();
    let begun = 0;
    let allBegun = (): void => {};
    const waiting = new Promise<void>((resolve) => {
      allBegun = resolve;
    });
    const wait = async (): Promise<string> => {
      begun++;
      if (begun === 3) allBegun();
      await latch.pass();
      return "done";
    };
    const server = await stage.server({ wait }, measured());
    const client = await stage.client(measured());
    const calls = [1, 2, 3].map(() => client.call("wait").sync());
    await within(10_000, "three requests", waiting);
    const { service } = stage;
    const gauges = async () => {
      const { valueAt } = await page.scrape();
      const names = ["server_requests_in_flight", "client_calls_pending"];
      return names.map((name) => valueAt(name, { service }));
    };
    expect(await gauges()).toEqual([3, 3]);
    latch.open();
    await Promise.all(calls);
    expect(await gauges()).toEqual([0, 0]);
    await server.close();
    expect(await gauges()).toEqual([0, 0]);
  });

  test("a registry that throws harms no call, and is reported", async () => {
    await using stage = new Stage(row, "broken");
    const registry = new Registry();
    const server = await stage.server(
      { addOne: (request) => request.json<number>() + 1 },
      {
        extensions: [prometheus({ registry })],
      },
    );
    const client = await stage.client({ extensions: [prometheus({ registry })] });
    const reported = new Set<string>();
    server.on("extensionError", ({ during }) => reported.add(`server ${during}`));
    client.on("extensionError", ({ during }) => reported.add(`client ${during}`));
    const fail = (): never => {
      throw new Error("broken");
    };
    await client.call("addOne").withStruct(1).sync();
    for (const { name } of registry.getMetricsAsArray()) {
      Object.assign(registry.getSingleMetric(name) ?? {}, { inc: fail, dec: fail, observe: fail });
    }
    expect((await client.call("addOne").withStruct(1).sync()).json()).toBe(2);
    expect([...reported].sort()).toEqual([
      "client pending",
      "client settled",
      "server incoming",
      "server outgoing",
    ]);
  });
});
