import { encodeText, type Headers, type HeaderValue } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { sendingHeaders } from "../sending-headers.js";
import { fault } from "./fault.js";
import { RawService } from "./peers/raw-service.js";

const NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];
const BODY = encodeText(
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"value":1}',
);

function isPolluted(): boolean {
  return "polluted" in {};
}

fault(26, "such a method is a name like any other", async (stage) => {
  const server = await stage.server({});
  const client = await stage.client();
  for (const name of NAMES) expect((await client.call(name).sync()).statusCode, name).toBe(404);
  for (const name of NAMES) {
    server.register(name, () => name);
    expect((await client.call(name).sync()).json()).toBe(name);
  }
});

fault(26, "such a header harms nobody, and no other header", async (stage) => {
  const headers: Headers = new Map<string, HeaderValue>([["before", 1]]);
  const transport = await stage.transport();
  for (const name of NAMES)
    headers.set(name, transport.features.nestedHeaders ? { polluted: true } : "polluted");
  headers.set("after", 2);
  const seen = new Arrivals<Headers>("a request's headers");
  await stage.server({
    look: (request, response) => {
      seen.add(new Map(request.headers));
      for (const [name, value] of headers) response.headers.set(name, value);
    },
  });
  const client = await stage.client({ transport, extensions: [sendingHeaders(headers)] });
  const response = await client.call("look").sync();
  for (const got of [await seen.next(), response.headers])
    expect([got.get("before"), got.get("after"), got.get("polluted")]).toEqual([1, 2, undefined]);
  expect(isPolluted()).toBe(false);
});

fault(
  26,
  "such keys in a request are refused with 400, whatever its handler does with them",
  async (stage) => {
    await stage.server({ merge: (request) => ({ ...request.json<object>() }) });
    const client = await stage.client();
    const response = await client.call("merge").withBodyContentType(BODY, "application/json").sync();
    expect(response.statusCode).toBe(400);
    expect(response.text()).not.toContain("polluted");
    expect(isPolluted()).toBe(false);
  },
);

fault(26, "such keys in a reply are refused as BadReply", async (stage) => {
  const service = await RawService.open(stage);
  const client = await stage.client();
  const call = client.call("m").sync();
  const request = await service.requests.next();
  service.answer(request, null, { body: BODY });
  request.accept();
  const response = await call;
  expect(() => response.json()).toThrow(expect.objectContaining({ code: "BadReply" }));
  expect(isPolluted()).toBe(false);
});
