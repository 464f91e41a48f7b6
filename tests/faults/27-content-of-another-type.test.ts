import { gzipSync } from "node:zlib";
import { contract, method } from "@porthos-rpc/contract";
import { createServer } from "@porthos-rpc/server";
import { expect } from "vitest";
import { z } from "zod";
import { fault } from "./fault.js";
import { RawService } from "./peers/raw-service.js";

const ZIPPED = gzipSync('{"value":1}');

fault(
  27,
  "what is called JSON and is not is answered 400, what nobody knows 415, without the handler",
  async (stage) => {
    const values = contract(stage.service, {
      m: method({ input: z.object({ value: z.number() }), output: z.number() }),
    });
    const server = createServer({ transport: await stage.transport(), contract: values, clock: stage.clock });
    stage.add(server);
    let runs = 0;
    server.implement({
      m: ({ value }) => {
        runs++;
        return value;
      },
    });
    await server.listen();
    const client = await stage.client();
    const status = async (contentType: string, body: Uint8Array): Promise<number> =>
      (await client.call("m").withBodyContentType(body, contentType).sync()).statusCode;
    expect(await status("application/json", ZIPPED)).toBe(400);
    expect(await status("application/json; charset=utf-8", ZIPPED)).toBe(400);
    expect(await status("application/gzip", ZIPPED)).toBe(415);
    expect(await status("text/plain", Buffer.from('{"value":1}'))).toBe(415);
    expect(await status("__proto__", ZIPPED)).toBe(415);
    expect(runs).toBe(0);
    expect(await status("application/json; charset=utf-8", Buffer.from('{"value":1}'))).toBe(200);
  },
);

fault(27, "a reply that is called JSON and is compressed is a BadReply when it is read", async (stage) => {
  const service = await RawService.open(stage);
  const client = await stage.client();
  const call = client.call("m").sync();
  const request = await service.requests.next();
  service.answer(request, null, { body: ZIPPED });
  request.accept();
  const response = await call;
  expect(() => response.json()).toThrow(expect.objectContaining({ code: "BadReply" }));
  expect(Buffer.from(response.body).equals(ZIPPED)).toBe(true);
});
