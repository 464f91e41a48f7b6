import {
  jsonCodec,
  type Message,
  NO_BODY,
  type ResponseEnvelope,
  type Transport,
} from "@porthos-rpc/protocol";
import { memory, memoryBroker } from "@porthos-rpc/transport-memory";
import { afterEach, describe, expect, it } from "vitest";
import { empty, json, serve } from "../test/service.js";
import { settle, watch } from "../test/watch.js";
import { type Client, createClient, RpcError } from "./index.js";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

function open<T extends { close(): Promise<void> }>(closable: T): T {
  opened.push(closable);
  return closable;
}

/** The calculator of the design's first page, over the memory transport. */
async function calculator(): Promise<{ transport: Transport; client: Client; received: Message[] }> {
  const transport = open(memory());
  const received = await serve(transport, "CalculatorService", (method, request) => {
    const body: unknown =
      request.contentType === "application/json" ? jsonCodec.decode(request.body) : undefined;
    switch (method) {
      case "addOne": {
        const { value } = body as { value: number };
        return json(200, { original_value: value, value_plus_one: value + 1 });
      }
      case "add":
        return json(
          200,
          (body as number[]).reduce((sum, number) => sum + number, 0),
        );
      case "upload":
        return { statusCode: 200, contentType: request.contentType, body: request.body, headers: undefined };
      case "fail":
        return json(500, { title: "Internal error" });
      case "never":
        return undefined;
      default:
        return empty(204);
    }
  });
  const client = open(createClient({ transport, service: "CalculatorService", timeoutMs: 120_000 }));
  return { transport, client, received };
}

describe("the seed's vocabulary", () => {
  it("calls with a map and waits for the response", async () => {
    const { client } = await calculator();
    const response = await client.call("addOne").withTimeout(500).withMap({ value: 20 }).sync();
    expect(response.statusCode).toBe(200);
    expect(response.ok).toBe(true);
    expect(response.contentType).toBe("application/json");
    expect(response.headers.get("statusCode")).toBe(200);
    expect(response.body).toBeInstanceOf(Uint8Array);
    expect(response.json<{ value_plus_one: number }>()).toEqual({ original_value: 20, value_plus_one: 21 });
    expect(response.text()).toBe('{"original_value":20,"value_plus_one":21}');
  });

  it("calls with args and takes the response later, from a slot", async () => {
    const { client } = await calculator();
    const slot = await client.call("add").withArgs(1, 2).async();
    expect((await slot.response).json()).toBe(3);
    slot.cancel();
  });

  it("calls one way", async () => {
    const { client, received } = await calculator();
    await expect(client.call("log").withArgs("INFO", "some message").void()).resolves.toBeUndefined();
    await settle();
    expect(received[0]).toMatchObject({ replyTo: undefined, correlationId: undefined, ttlMs: undefined });
    expect(jsonCodec.decode(received[0]?.body ?? NO_BODY)).toEqual(["INFO", "some message"]);
  });

  it("calls with a struct, with bytes, and with bytes of a type", async () => {
    const { client } = await calculator();
    expect((await client.call("add").withStruct([1, 2, 3]).sync()).json()).toBe(6);
    const bytes = Uint8Array.of(0, 1, 254, 255);
    const raw = await client.call("upload").withBody(bytes).sync();
    expect([raw.contentType, raw.body]).toEqual(["application/octet-stream", bytes]);
    const image = await client.call("upload").withBodyContentType(bytes, "image/png").sync();
    expect([image.contentType, image.body]).toEqual(["image/png", bytes]);
  });

  it("resolves with the response whatever its status", async () => {
    const { client } = await calculator();
    const response = await client.call("fail").sync();
    expect([response.statusCode, response.ok]).toEqual([500, false]);
    expect((await client.call("nothing").sync()).statusCode).toBe(204);
  });
});

describe("a client over a broker", () => {
  it("learns at once that nobody has such a queue", async () => {
    const client = open(createClient({ transport: open(memory()), service: "Nobody", timeoutMs: 120_000 }));
    const startedMs = performance.now();
    for (const call of [client.call("m").sync(), client.call("m").void()]) {
      await expect(call).rejects.toMatchObject({ code: "NoService", executed: "no", retryable: true });
    }
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  it("is told of an answer that never comes at its deadline, and not long after", async () => {
    const { client } = await calculator();
    const startedMs = performance.now();
    const call = client.call("never").withTimeout(50).sync();
    await expect(call).rejects.toMatchObject({ code: "Timeout", executed: "maybe" });
    await expect(call).rejects.toThrow(
      /^CalculatorService\.never: no answer within 50 ms \(after \d+ ms, queued, as far as is known\)/,
    );
    const elapsedMs = performance.now() - startedMs;
    expect(elapsedMs).toBeGreaterThanOrEqual(50);
    expect(elapsedMs).toBeLessThan(1_500);
  });

  it("brings each of 1,000 answers to its own call", async () => {
    const { client } = await calculator();
    const sums = await Promise.all(
      Array.from({ length: 1_000 }, async (_, i) => (await client.call("add").withArgs(i, i).sync()).json()),
    );
    expect(sums).toEqual(Array.from({ length: 1_000 }, (_, i) => 2 * i));
  });

  it("sends a call made while the broker is away when it is there again", async () => {
    const broker = memoryBroker();
    const service = open(memory({ broker }));
    const received = await serve(service, "S", () => json(200, "answer"));
    const client = open(
      createClient({ transport: open(memory({ broker })), service: "S", timeoutMs: 10_000 }),
    );
    await client.call("before").sync();
    broker.stop();
    const call = watch(client.call("during").sync());
    await settle();
    expect(call.state).toBe("pending");
    broker.start();
    await expect(client.call("after").sync()).resolves.toMatchObject({ statusCode: 200 });
    await settle();
    expect(call.state).toBe("resolved");
    expect(received.map(({ headers }) => headers.get("X-Method")).sort()).toEqual([
      "after",
      "before",
      "during",
    ]);
  });

  it("ends its calls when the transport is closed under it", async () => {
    const { client, transport } = await calculator();
    const call = watch(client.call("never").sync());
    await settle();
    await transport.close();
    await settle();
    expect(call.state).toBe("rejected");
    expect(call.error).toBeInstanceOf(RpcError);
    await expect(client.call("m").sync()).rejects.toMatchObject({ code: "Closed", executed: "no" });
  });

  it("releases the transport when it is closed, which is idle then", async () => {
    const transport = open(memory());
    const client = createClient({ transport, service: "Nobody" });
    expect(transport.state).toBe("idle");
    await client
      .call("m")
      .sync()
      .catch(() => {});
    expect(transport.state).toBe("up");
    await client.close();
    expect(transport.state).toBe("idle");
  });

  it("closes, though it never called, what connect has opened for it, unless somebody else uses it", async () => {
    const transport = open(memory());
    await transport.ready();
    const other = transport.acquire();
    await createClient({ transport, service: "S" }).close();
    expect(transport.state).toBe("up");
    await other.release();
    await transport.ready();
    await createClient({ transport, service: "S" }).close();
    expect(transport.state).toBe("idle");
  });

  it("names its service", () => {
    expect(createClient({ transport: memory(), service: "CalculatorService" }).service).toBe(
      "CalculatorService",
    );
  });

  it("survives answers that no sane service gives, and takes the next one", async () => {
    const strange: ResponseEnvelope[] = [
      { statusCode: 200.5, contentType: "application/json", body: NO_BODY, headers: undefined },
      { statusCode: 200, contentType: "application/json", body: Uint8Array.of(0xff), headers: undefined },
      { statusCode: 200, contentType: undefined, body: new Uint8Array(2_000_000), headers: undefined },
    ];
    const transport = open(memory());
    await serve(transport, "S", (method) => strange[Number(method)] ?? json(200, "sane"));
    const client = open(createClient({ transport, service: "S", timeoutMs: 5_000 }));
    await expect(client.call("0").sync()).rejects.toMatchObject({ code: "BadReply" });
    const response = await client.call("1").sync();
    expect(() => response.json()).toThrow(expect.objectContaining({ code: "BadReply" }));
    await expect(client.call("2").sync()).rejects.toMatchObject({ code: "BadReply" });
    expect((await client.call("3").sync()).json()).toBe("sane");
  });
});
