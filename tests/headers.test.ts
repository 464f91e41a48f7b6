import type { Headers, HeaderValue } from "@porthos-rpc/protocol";
import { describe, expect, test } from "vitest";
import { Arrivals } from "./arrivals.js";
import { rows } from "./rows.js";
import { sendingHeaders } from "./sending-headers.js";
import { Stage } from "./stage.js";

describe.each(rows)("headers over %s", (_title, row) => {
  test("names, bodies and headers hold every script and emoji", async ({ skip }) => {
    if (row.cannot.has("name a queue in any script")) skip("the broker's queues have ASCII names");
    const words = "Ærøskøbing 東京 🧮 \u0000 \u2028 𝒳 ﷽";
    await using stage = new Stage(row, "büro-東京-🧮");
    await stage.server({
      "añadir 🧮": (request, response) => {
        response.headers.set("naïve", words);
        response.json(200, request.json());
      },
    });
    const client = await stage.client();
    const response = await client
      .call("añadir 🧮")
      .withMap({ [words]: words })
      .sync();
    expect(response.json()).toEqual({ [words]: words });
    expect(response.headers.get("naïve")).toBe(words);
  });

  test("headers travel both ways with their types", async () => {
    const headers: Headers = new Map<string, HeaderValue>([
      ["text", "a"],
      ["int", -200],
      ["large", 2 ** 40],
      ["fraction", 0.5],
      ["yes", true],
      ["none", null],
      ["bytes", new Uint8Array([0, 255])],
      ["date", new Date(1_700_000_000_000)],
    ]);
    await using stage = new Stage(row);
    const transport = await stage.transport();
    if (transport.features.nestedHeaders) {
      headers.set("list", ["a", 1, [true]]).set("table", { inner: { deep: "er" } });
    }
    const seen = new Arrivals<Headers>("a request's headers");
    await stage.server({
      look: (request, response) => {
        seen.add(new Map(request.headers));
        for (const [name, value] of headers) response.headers.set(name, value);
        response.empty(200);
      },
    });
    const client = await stage.client({ transport, extensions: [sendingHeaders(headers)] });
    const response = await client.call("look").sync();
    expect(Object.fromEntries(comparable(await seen.next()))).toMatchObject(
      Object.fromEntries(comparable(headers)),
    );
    expect(Object.fromEntries(comparable(response.headers))).toMatchObject(
      Object.fromEntries(comparable(headers)),
    );
  });

  test("a caller's own headers travel with calls, one-way calls too", async () => {
    await using stage = new Stage(row);
    const seen = new Arrivals<unknown>("a request's header");
    const server = await stage.server({ look: (request) => seen.add(request.headers.get("tenant")) });
    expect(server.service).toBe(stage.service);
    const client = await stage.client();
    await client.call("look").withHeaders({ tenant: "x" }).withHeaders({ tenant: "acme" }).sync();
    await client
      .call("look")
      .withHeaders(new Map([["tenant", "acme"]]))
      .void();
    expect(await seen.take(2)).toEqual(["acme", "acme"]);
  });
});

/** Bytes may arrive as a Buffer, which is a Uint8Array that compares otherwise. */
function comparable(headers: Iterable<[string, HeaderValue]>): Headers {
  return new Map(
    [...headers].map(
      ([name, value]) => [name, value instanceof Uint8Array ? [...value] : value] as [string, HeaderValue],
    ),
  );
}
