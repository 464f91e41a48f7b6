import type { Headers, HeaderValue } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { fault } from "./fault.js";
import { RawCaller } from "./peers/raw-caller.js";
import { RawService } from "./peers/raw-service.js";
import type { WatchedStage } from "./watch/watched-stage.js";

/** Values of every type that the carrier can carry, none of which is a method's name or a status. */
async function strangeValues(stage: WatchedStage): Promise<(HeaderValue | undefined)[]> {
  const { nestedHeaders } = (await stage.transport()).features;
  const nested: HeaderValue[] = nestedHeaders ? [{ a: { b: 1 } }, ["m", 1], []] : [];
  return [undefined, null, true, 2.5, -1, new Date(0), Uint8Array.of(0x6d), "x".repeat(60_000), ...nested];
}

function headersOf(name: string, value: HeaderValue | undefined): Headers {
  return value === undefined ? new Map() : new Map([[name, value]]);
}

fault(
  28,
  "a request whose method is no text, too long or missing is answered 400, and the service goes on",
  async (stage) => {
    let runs = 0;
    await stage.server({
      m: () => {
        runs++;
      },
    });
    const caller = await RawCaller.open(stage);
    for (const value of [...(await strangeValues(stage)), 7, ""])
      expect(await caller.status({ headers: headersOf("X-Method", value) }), String(value)).toBe(400);
    expect(runs).toBe(0);
    expect(await caller.status()).toBe(204);
  },
);

fault(28, "a reply whose status is no number is a BadReply; digits are one", async (stage) => {
  const service = await RawService.open(stage);
  const client = await stage.client();
  const end = async (value: HeaderValue | undefined): Promise<unknown> => {
    const call = client.call("m").sync();
    const request = await service.requests.next();
    service.answer(request, "fine", { headers: headersOf("statusCode", value) });
    request.accept();
    return call
      .then(({ statusCode }) => statusCode)
      .catch((error: unknown) => (error as { code: string }).code);
  };
  for (const value of [...(await strangeValues(stage)), "", "2e2", "0xC8", " 200", "200.5"])
    expect(await end(value), String(value)).toBe("BadReply");
  expect(await end("200")).toBe(200);
  expect(await end(200)).toBe(200);
});
