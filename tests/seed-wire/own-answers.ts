import type { Broker } from "@porthos-rpc/brokers";
import type { Handler, ServerOptions } from "@porthos-rpc/server";
import { expect, test } from "vitest";
import { brokerRow } from "../rows.js";
import { type Field, int32, text } from "../seed-peer/field-table.js";
import type { RawDelivery } from "../seed-peer/raw-channel.js";
import { jsonOf, type SeedCall, SeedClient, statusInGo } from "../seed-peer/seed-client.js";
import { Stage } from "../stage.js";

const JSON_TYPE = "application/json";

const handlers: Readonly<Record<string, Handler>> = {
  fine: () => "fine",
  echo: (request) => request.json(),
  sum: (request) => request.args<number[]>().reduce((sum, term) => sum + term, 0),
  fail: () => {
    throw new Error("the password is hunter2");
  },
  big: (_request, response) => response.raw(200, "text/plain", new Uint8Array(3_000)),
  unsendable: (_request, response) => {
    response.headers.set("x-huge", "x".repeat(200_000));
    response.empty(200);
  },
  never: () => new Promise(() => {}),
};

export function ownAnswers(broker: Broker): void {
  const url = broker.url("amqp091");
  const row = brokerRow(broker, "amqp091");

  /** The reply to a seed's call, after which the server is shown to go on. */
  async function answerTo(
    method: string,
    call: SeedCall,
    options: Partial<ServerOptions> = {},
  ): Promise<RawDelivery> {
    await using stage = new Stage(row);
    const server = await stage.server(handlers, options);
    // The server's own way to tell; the test's output stays clean.
    server.on("handlerError", () => {});
    await using client = await SeedClient.open(url, stage.service);
    const reply = await client.call(method, call);
    expect(jsonOf(await client.call("fine"))).toBe("fine");
    return reply;
  }

  const withHeaders = (...headers: Field[]): SeedCall => ({ headers });

  test.each([
    ["no X-Method", "", withHeaders(text("x-other", "1"))],
    ["no headers at all", "", withHeaders()],
    ["an empty X-Method", "", withHeaders(text("X-Method", ""))],
    ["an X-Method of 201 characters", "", withHeaders(text("X-Method", "m".repeat(201)))],
    ["an X-Method that is a number", "", withHeaders(int32("X-Method", 7))],
    [
      "an X-Method that is a table",
      "",
      withHeaders({ name: "X-Method", type: "F", value: [text("a", "b")] }),
    ],
    ["an X-Method that is void", "", withHeaders({ name: "X-Method", type: "V", value: null })],
    ["a JSON body that is not JSON", "echo", { body: "{", contentType: JSON_TYPE }],
    ["an empty JSON body", "echo", { body: "", contentType: JSON_TYPE }],
    [
      "a JSON body that is not UTF-8",
      "echo",
      { body: Uint8Array.of(0x22, 0xff, 0x22), contentType: JSON_TYPE },
    ],
    ["a body that the handler reads as what it is not", "sum", { body: '{"a":1}', contentType: JSON_TYPE }],
    ["bytes that the handler reads as JSON", "echo", { body: "no JSON", contentType: "text/plain" }],
  ] satisfies [string, string, SeedCall][])("400 for %s, and it goes on", async (_what, method, call) => {
    const reply = await answerTo(method, call);
    expect(statusInGo(reply)).toBe(400);
    expectProblem(reply, 400, "no");
  });

  test("404 for a method that nobody registered, and it goes on", async () => {
    const reply = await answerTo("divide", {});
    expect(statusInGo(reply)).toBe(404);
    expectProblem(reply, 404, "no");
  });

  test("413 for a body that is larger than maxBodyBytes, and it goes on", async () => {
    const reply = await answerTo("echo", { body: Buffer.alloc(2_001) }, { maxBodyBytes: 2_000 });
    expect(statusInGo(reply)).toBe(413);
    expectProblem(reply, 413, "no");
  });

  test("500 when the handler throws, without its reason, and it goes on", async () => {
    const reply = await answerTo("fail", {});
    expect(statusInGo(reply)).toBe(500);
    expectProblem(reply, 500, "yes");
    expect(reply.body.toString()).not.toContain("hunter2");
  });

  test.each([
    ["larger than maxBodyBytes", "big"],
    ["larger in its headers than the protocol carries", "unsendable"],
  ])("500 when the response is %s, and it goes on", async (_what, method) => {
    const reply = await answerTo(method, {}, { maxBodyBytes: 2_000 });
    expect(statusInGo(reply)).toBe(500);
    expectProblem(reply, 500, "yes");
  });

  test("504 when the time is over before the handler finished, or before it began", async () => {
    await using stage = new Stage(row);
    let begun = 0;
    const never: Handler = () => {
      begun++;
      return new Promise(() => {});
    };
    // Acknowledged early, so that the second request waits in the server and not in the broker, which would drop it.
    await stage.server({ ...handlers, never }, { maxInFlight: 1, autoAck: true });
    await using client = await SeedClient.open(url, stage.service);
    client.send("never", { timeoutMs: 400 });
    client.send("never", { timeoutMs: 200 });
    const [slow, expired] = await client.replies.take(2);
    expectProblem(slow as RawDelivery, 504, "yes");
    expectProblem(expired as RawDelivery, 504, "no");
    expect(begun).toBe(1);
    expect(jsonOf(await client.call("fine"))).toBe("fine");
  });

  test("nothing to a request that has no reply_to, whatever is wrong with it, and it goes on", async () => {
    await using stage = new Stage(row);
    const server = await stage.server(handlers);
    server.on("handlerError", () => {});
    await using client = await SeedClient.open(url, stage.service);
    client.void("", withHeaders());
    client.void("divide");
    client.void("fail");
    client.void("echo", { body: "{", contentType: JSON_TYPE });
    expect(jsonOf(await client.call("fine"))).toBe("fine");
    expect(client.replies.count).toBe(1);
  });
}

/** RFC 9457, and whether the handler ran. */
function expectProblem(reply: RawDelivery, status: number, executed: "no" | "yes"): void {
  expect(statusInGo(reply)).toBe(status);
  expect(reply.properties.contentType).toBe("application/problem+json");
  expect(jsonOf(reply)).toMatchObject({ status, executed, title: expect.any(String) });
}
