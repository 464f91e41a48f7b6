import {
  encodeResponse,
  HANDLER_STUCK,
  type HeaderValue,
  type Message,
  NO_BODY,
  problemResponse,
  RpcError,
  TIMEOUT_PROBLEM,
} from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { scripted } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";

/** What becomes of a call that gets this reply. */
async function answered(change: (reply: Message) => Message, maxBodyBytes = 1_024) {
  const { client, transport, clock } = scripted({ maxBodyBytes });
  const call = watch(client.call("m").sync());
  await settle();
  const response = { statusCode: 200, contentType: undefined, body: NO_BODY, headers: undefined };
  transport.last.replyWith(change(encodeResponse(response, transport.last.message.correlationId)));
  await settle();
  expect(clock.timerCount).toBe(0);
  return call;
}

describe("a reply", () => {
  it.each([200, 204, 404, 500, 599, 600, 0])(
    "of status %d is a response: the builder resolves with it",
    async (status) => {
      const call = await answered((reply) => ({ ...reply, headers: new Map([["statusCode", status]]) }));
      expect(call.value).toMatchObject({ statusCode: status, ok: status >= 200 && status < 300 });
    },
  );

  it("of a status in digits is understood", async () => {
    const call = await answered((reply) => ({ ...reply, headers: new Map([["statusCode", "404"]]) }));
    expect(call.value?.statusCode).toBe(404);
  });

  it("brings its content type, its headers and its bytes", async () => {
    const headers = new Map<string, HeaderValue>([
      ["statusCode", 200],
      ["etag", "x"],
    ]);
    const call = await answered((reply) => ({
      ...reply,
      headers,
      contentType: "image/png",
      body: Uint8Array.of(1, 2),
    }));
    expect(call.value).toMatchObject({ contentType: "image/png", body: Uint8Array.of(1, 2) });
    expect(call.value?.headers.get("etag")).toBe("x");
  });

  it.each<[string, HeaderValue | undefined]>([
    ["none", undefined],
    ["a fraction", 200.5],
    ["a text", "OK"],
    ["null", null],
    ["a table", { code: 200 }],
  ])("whose status is %s ends the call with BadReply, executed", async (_, status) => {
    const headers = new Map<string, HeaderValue>(status === undefined ? [] : [["statusCode", status]]);
    const call = await answered((reply) => ({ ...reply, headers }));
    expect(call.error).toMatchObject({ code: "BadReply", status: 502, executed: "yes" });
    expect((call.error as Error).message).toMatch(
      /^S\.m: the reply must have an integer header statusCode; it has /,
    );
  });

  it("that is larger than maxBodyBytes ends the call with BadReply, executed", async () => {
    const fits = await answered((reply) => ({ ...reply, body: new Uint8Array(1_024) }));
    expect(fits.state).toBe("resolved");
    const call = await answered((reply) => ({ ...reply, body: new Uint8Array(1_025) }));
    expect(call.error).toMatchObject({ code: "BadReply", executed: "yes" });
    expect((call.error as Error).message).toMatch(
      /^S\.m: the reply has 1025 bytes; maxBodyBytes is 1024 \(after 0 ms/,
    );
  });
});

describe("a server's word that a call's time is over", () => {
  const word = (title: string) =>
    answered((reply) => {
      const { contentType, body, statusCode } = problemResponse({
        type: TIMEOUT_PROBLEM,
        status: 504,
        title,
        executed: "yes",
      });
      return { ...reply, contentType, body, headers: new Map([["statusCode", statusCode]]) };
    });

  it("is a timeout of a call that may have run", async () => {
    const { error } = await word("Deadline passed");
    expect(error).toMatchObject({ code: "Timeout", status: 504, executed: "maybe" });
    expect((error as Error).message).toBe(
      "S.m: no answer within 1000 ms (after 0 ms, running at the server)",
    );
  });

  it("says so, where it is the service's time and not the caller's", async () => {
    const { error } = await word(HANDLER_STUCK);
    expect(error).toMatchObject({ code: "Timeout", executed: "maybe", details: { title: HANDLER_STUCK } });
    expect((error as Error).message).toBe(
      "S.m: it took longer than the service allows (after 0 ms, running at the server)",
    );
  });
});

describe("an error of a call", () => {
  /** Long enough a name that no other line of a stack has it. */
  async function functionOfTheUser(call: () => Promise<unknown>): Promise<unknown> {
    return await call();
  }

  async function failed(options: Parameters<typeof scripted>[0], slot = false): Promise<Error> {
    const { client, clock } = scripted(options);
    const call = slot
      ? functionOfTheUser(async () => await (await client.call("m").async()).response)
      : functionOfTheUser(() => client.call("m").sync());
    const watched = watch(call);
    await settle();
    clock.advance(1_120);
    await settle();
    expect(watched.error).toBeInstanceOf(RpcError);
    return watched.error as Error;
  }

  it("has a stack that names the function that awaits it", async () => {
    expect((await failed({})).stack).toContain("functionOfTheUser");
  });

  it("has a stack that names the function that awaits it, through extensions too", async () => {
    const extension = {
      name: "pass",
      apiVersion: 1,
      client: { wrap: { phase: "user", run: async (call, next) => await next(call) } },
    } satisfies NonNullable<NonNullable<Parameters<typeof scripted>[0]>["extensions"]>[number];
    expect((await failed({ extensions: [extension] })).stack).toContain("functionOfTheUser");
  });

  // V8 follows a promise with one reaction only, and the slot's own (for a response nobody looks at) is one.
  it.fails("has a stack that names the function that awaits it, of a slot too", async () => {
    expect((await failed({}, true)).stack).toContain("functionOfTheUser");
  });

  it("names service, method, elapsed time and phase", async () => {
    expect((await failed({})).message).toBe(
      "S.m: no answer within 1000 ms (after 1100 ms, sent, not confirmed by the broker)",
    );
  });

  it("makes a new error for each call, so that nobody changes another's", async () => {
    const { client, transport } = scripted();
    const calls = [client.call("m").sync(), client.call("m").sync()].map((call) => watch(call));
    await settle();
    for (const request of transport.sent) request.outcome({ kind: "unroutable" });
    await settle();
    expect(calls[0]?.error).not.toBe(calls[1]?.error);
  });
});
