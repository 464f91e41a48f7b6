import { createClient } from "@porthos-rpc/client";
import { contract, method } from "@porthos-rpc/contract";
import { encodeText, NO_BODY } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { z } from "zod";
import { fault } from "./fault.js";
import { RawService } from "./peers/raw-service.js";

const NO_JSON: Readonly<Record<string, Uint8Array>> = {
  "cut short": encodeText('{"value":'),
  empty: NO_BODY,
  "a byte order mark": encodeText("\u{feff}1"),
  NaN: encodeText("NaN"),
  "single quotes": encodeText("{'value':1}"),
  "two values": encodeText("1 2"),
  "not UTF-8": Uint8Array.of(0x22, 0xff, 0xfe, 0x22),
  "half a surrogate pair": Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22),
};

fault(24, "a request that is no JSON is answered 400, and does not reach the handler", async (stage) => {
  let runs = 0;
  await stage.server({
    count: () => {
      runs++;
    },
    fine: (request) => request.json(),
  });
  const client = await stage.client();
  for (const [what, body] of Object.entries(NO_JSON)) {
    const response = await client.call("count").withBodyContentType(body, "application/json").sync();
    expect(response.statusCode, what).toBe(400);
    expect(response.json(), what).toMatchObject({ executed: "no" });
  }
  expect(runs).toBe(0);
  expect((await client.call("fine").withMap({ value: 1 }).sync()).json()).toEqual({ value: 1 });
});

fault(24, "a reply that is no JSON is a BadReply, and the next call gets its answer", async (stage) => {
  const service = await RawService.open(stage);
  const client = await stage.client();
  for (const [what, body] of Object.entries(NO_JSON)) {
    const call = client.call("m").sync();
    const request = await service.requests.next();
    service.answer(request, null, { body });
    request.accept();
    const response = await call;
    expect(() => response.json(), what).toThrow(expect.objectContaining({ code: "BadReply" }));
  }
  const next = client.call("m").sync();
  service.answer(await service.requests.next(), "fine");
  expect((await next).json()).toBe("fine");
});

fault(24, "a method of a contract fails with BadReply, and says that it was executed", async (stage) => {
  const service = await RawService.open(stage);
  const numbers = contract(stage.service, { m: method({ output: z.number() }) });
  const transport = await stage.transport();
  const client = createClient({ transport, contract: numbers, timeoutMs: 10_000, clock: stage.clock });
  stage.add(client);
  for (const [what, body] of [...Object.entries(NO_JSON), ["a text", encodeText('"1"')] as const]) {
    const call = client.methods.m();
    const request = await service.requests.next();
    service.answer(request, null, { body });
    request.accept();
    await expect(call, what).rejects.toMatchObject({ code: "BadReply", executed: "yes" });
  }
});
