import { createClient } from "@porthos-rpc/client";
import { type AccessLogFunction, type AccessLogger, accessLog } from "@porthos-rpc/extension-access-log";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { describe, expect, test } from "vitest";

/*
 * Client and server with a log each: what is above the transports, so on one of them.
 */

const SERVICE = "CalculatorService";

/** Makes calls that end in every way, and returns what became of each. */
async function calls(clientLog: AccessLogFunction, serverLog: AccessLogger | AccessLogFunction) {
  const transport = memory();
  const server = createServer({
    transport,
    service: SERVICE,
    extensions: [accessLog({ logger: serverLog, redact: ["args.pin"] })],
  });
  server.register("addOne", (request) => request.json<{ value: number }>().value + 1);
  server.register("ponder", () => new Promise(() => {}));
  await server.listen();
  const client = createClient({
    transport,
    service: SERVICE,
    extensions: [accessLog({ logger: clientLog, redact: ["args.pin"] })],
  });
  const call = (method: string) => client.call(method).withMap({ value: 20, pin: "hunter2" });
  const ends = await Promise.allSettled([
    call("addOne").sync(),
    call("divide").sync(),
    call("addOne").void(),
    call("ponder").withTimeout(50).sync(),
  ]);
  await client.close();
  await server.close();
  await transport.close();
  return ends.map((end) =>
    end.status === "fulfilled" ? (end.value?.statusCode ?? "sent") : (end.reason as { code: string }).code,
  );
}

const ENDS = [200, 404, "sent", "Timeout"];

describe("the access log", () => {
  test("has each call on both sides, with how it ended, and nothing that is redacted", async () => {
    const lines: { readonly on: string; readonly message: string; readonly fields: object }[] = [];
    const on =
      (side: string): AccessLogFunction =>
      (fields, message) =>
        lines.push({ on: side, message, fields });
    expect(await calls(on("client"), on("server"))).toEqual(ENDS);
    const said = (side: string, message: string): object[] =>
      lines.filter((line) => line.on === side && line.message === message).map(({ fields }) => fields);
    expect(said("client", "call")).toHaveLength(4);
    expect(said("client", "answer")).toMatchObject([
      { method: "addOne", args: { value: 20 } },
      { method: "addOne", statusCode: 200 },
      { method: "divide", statusCode: 404 },
    ]);
    expect(said("client", "failure")).toMatchObject([
      { method: "ponder", code: "Timeout", executed: "maybe", elapsedMs: expect.any(Number) },
    ]);
    expect(said("server", "request").map((fields) => (fields as { method: string }).method)).toEqual([
      "addOne",
      "addOne",
      "ponder",
    ]);
    expect(said("server", "response")).toMatchObject([
      { statusCode: 200 },
      { statusCode: 200 },
      { statusCode: 504 },
    ]);
    expect(said("server", "refused")).toMatchObject([{ method: "divide", statusCode: 404 }]);
    expect(JSON.stringify(lines)).not.toContain("hunter2");
    expect(JSON.stringify(lines)).toContain('"args":{"value":20,"pin":"[redacted]"}');
  });

  test("harms no call, on neither side, by a logger that throws or rejects", async () => {
    const failing = (): void => {
      throw new Error("disk full");
    };
    const rejecting = async (): Promise<void> => {
      throw new Error("disk full");
    };
    expect(await calls(failing, { info: failing })).toEqual(ENDS);
    expect(await calls(rejecting, { info: rejecting })).toEqual(ENDS);
  });
});
