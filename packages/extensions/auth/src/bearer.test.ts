import {
  type ClientCall,
  type Extension,
  type HeaderValue,
  isRefusedHere,
  problemResponse,
  type ResponseEnvelope,
} from "@porthos-rpc/protocol";
import { clientCall, extensionHost, ManualClock, responseEnvelope } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { Issuer } from "../test/issuer.js";
import { type Later, later } from "../test/later.js";
import { type BearerOptions, bearer } from "./index.js";

const SECRET = "a secret of more than thirty-two bytes";
const refused = problemResponse({ status: 401, title: "Unauthorized", executed: "no" });

/** A client's part, started, and a service that answers each token as it is told to. */
async function bearing(
  token: BearerOptions["token"],
  answer: (token: HeaderValue | undefined) => ResponseEnvelope = () => responseEnvelope(),
  options: Partial<BearerOptions> = {},
) {
  const clock = new ManualClock();
  const reports: unknown[] = [];
  const extension: Extension = bearer({ token, ...options });
  await extension.client?.start?.(
    extensionHost({ clock, side: "client", report: (during, error) => reports.push([during, error]) }),
  );
  const sent: (HeaderValue | undefined)[] = [];
  const next = async ({ request }: ClientCall): Promise<ResponseEnvelope> => {
    sent.push(request.headers?.get("authorization"));
    return answer(request.headers?.get("authorization"));
  };
  const call = async (given: Partial<ClientCall> = {}) =>
    await (extension.client?.wrap?.run(clientCall(given), next) as Promise<ResponseEnvelope>);
  const describe = () => extension.client?.describe?.();
  return { clock, sent, call, reports, describe, close: () => extension.client?.stop?.() };
}

/** Gives `token-1`, `token-2` and so on. */
function counting(): { token: () => Promise<string>; readonly fetches: number } {
  let fetches = 0;
  return {
    token: async () => `token-${++fetches}`,
    get fetches() {
      return fetches;
    },
  };
}

describe("bearer", () => {
  it("sends a token with each call, fetched once for all that wait for it", async () => {
    const tokens = counting();
    const { call, sent } = await bearing(tokens.token);
    await Promise.all([call(), call(), call()]);
    await call({ kind: "void" });
    expect(sent).toEqual(Array(4).fill("Bearer token-1"));
    expect(tokens.fetches).toBe(1);
  });

  it("leaves a call alone that brings its own, and keeps its other headers", async () => {
    const { call, sent } = await bearing(counting().token);
    const headers = new Map([["authorization", "Bearer mine"]]);
    await call({ request: { ...clientCall().request, headers } });
    expect(sent).toEqual(["Bearer mine"]);
    await call({
      request: { ...clientCall().request, headers: new Map([["Authorization", "Bearer mine"]]) },
    });
    expect(sent).toEqual(["Bearer mine", undefined]);
    const request = { ...clientCall().request, headers: new Map([["tenant", "a"]]) };
    const seen: unknown[] = [];
    const extension = bearer({ token: () => "t" });
    await extension.client?.start?.(extensionHost({ side: "client" }));
    await extension.client?.wrap?.run(clientCall({ request }), (given) => {
      seen.push(...(given.request.headers ?? []));
      return responseEnvelope();
    });
    expect(seen).toEqual([
      ["tenant", "a"],
      ["authorization", "Bearer t"],
    ]);
    expect([...request.headers]).toEqual([["tenant", "a"]]);
  });

  it("keeps a JWT until 30 s before it expires, one that is short half its time, and others for a minute", async () => {
    const clock = new ManualClock();
    const issuer = new Issuer(clock);
    const fetches = async (token: string) => {
      let count = 0;
      const at = await bearing(() => {
        count++;
        return token;
      });
      const isKeptAfter = async (ms: number) => {
        const before = count;
        at.clock.advance(ms);
        await at.call();
        return count === before;
      };
      await at.call();
      return isKeptAfter;
    };
    const hour = await fetches(await issuer.tokenOf(SECRET, { expiresInS: 3_600 }));
    expect([await hour(3_569_999), await hour(1)]).toEqual([true, false]);
    const short = await fetches(await issuer.tokenOf(SECRET, { expiresInS: 20 }));
    expect([await short(9_999), await short(1)]).toEqual([true, false]);
    const opaque = await fetches("opaque");
    expect([await opaque(59_999), await opaque(1)]).toEqual([true, false]);
  });

  describe("within the margin before its token expires", () => {
    /** Half a minute and a second before the first one does; the others are given when they are told to. */
    async function expiring() {
      const issuer = new Issuer(new ManualClock());
      const first = await issuer.tokenOf(SECRET, { expiresInS: 100 });
      const given: Later<string>[] = [];
      let asked = 0;
      const at = await bearing(() => {
        if (++asked === 1) return first;
        const next = later<string>();
        given.push(next);
        return next.promise;
      });
      await at.call();
      at.clock.advance(70_000);
      return { ...at, first: `Bearer ${first}`, given };
    }

    it("fetches another beside the calls, which go on with the one that there is", async () => {
      const { call, sent, first, given, clock } = await expiring();
      await Promise.all([call(), call(), call()]);
      expect([sent.length, given.length]).toEqual([4, 1]);
      expect(new Set(sent)).toEqual(new Set([first]));
      given[0]?.resolve("another");
      await given[0]?.promise;
      for (let turn = 0; turn < 5; turn++) await undefined;
      await call();
      expect([sent.at(-1), clock.timerCount]).toEqual(["Bearer another", 0]);
    });

    it("fails no call because no other can be had, says so, and asks again a second later", async () => {
      const { call, sent, first, given, reports, clock } = await expiring();
      await call();
      given[0]?.reject(new Error("away"));
      for (let turn = 0; turn < 10; turn++) await undefined;
      expect(reports).toEqual([["fetching a token", new Error("away")]]);
      await call();
      clock.advance(999);
      await call();
      expect(given).toHaveLength(1);
      clock.advance(1);
      await call();
      expect(given).toHaveLength(2);
      expect(new Set(sent)).toEqual(new Set([first]));
    });

    it("waits once it has expired", async () => {
      const { call, sent, given, clock } = await expiring();
      await call();
      clock.advance(9_000);
      await call();
      expect([sent.length, given.length]).toEqual([3, 1]);
      given[0]?.reject(new Error("away"));
      for (let turn = 0; turn < 10; turn++) await undefined;
      clock.advance(21_000);
      const waiting = call();
      expect(sent).toHaveLength(3);
      given[1]?.resolve("another");
      await waiting;
      expect(sent.at(-1)).toBe("Bearer another");
    });

    it("leaves no timer behind, and says nothing more, when the client closes", async () => {
      const { call, clock, close, reports } = await expiring();
      await call();
      await close();
      for (let turn = 0; turn < 10; turn++) await undefined;
      expect([clock.timerCount, reports]).toEqual([0, []]);
    });
  });

  it("makes a call that was answered 401 without having run once more, with a token that is fetched anew", async () => {
    const tokens = counting();
    const { call, sent, clock } = await bearing(tokens.token, (token) =>
      token === "Bearer token-1" && clock.now() > 0 ? refused : responseEnvelope(),
    );
    await call();
    clock.advance(5_000);
    const answers = await Promise.all([call(), call()]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(sent.slice(1).sort()).toEqual([
      "Bearer token-1",
      "Bearer token-1",
      "Bearer token-2",
      "Bearer token-2",
    ]);
    expect(tokens.fetches).toBe(2);
  });

  it("gives the caller a second 401, and fetches no token because of one that has only just come", async () => {
    const tokens = counting();
    const { call, sent, clock } = await bearing(tokens.token, () => refused);
    for (let n = 0; n < 10; n++) expect((await call()).statusCode).toBe(401);
    expect(tokens.fetches).toBe(1);
    expect(sent).toHaveLength(10);
    clock.advance(1_000);
    expect((await call()).statusCode).toBe(401);
    expect([tokens.fetches, sent.length]).toEqual([2, 12]);
  });

  it("makes no call again that may have run, and no stream", async () => {
    for (const [answer, given] of [
      [responseEnvelope({ statusCode: 401 }), {}],
      [{ ...refused, wasSentBefore: true }, {}],
      [problemResponse({ status: 401, title: "Unauthorized", executed: "maybe" }), {}],
      [refused, { kind: "stream" }],
    ] as const) {
      const { call, sent, clock } = await bearing(counting().token, () => answer);
      clock.advance(1_000);
      expect((await call(given)).statusCode).toBe(401);
      expect(sent).toHaveLength(1);
    }
  });

  it("sends no call without a token, and says so as what may pass", async () => {
    const cause = new Error("the identity provider is away");
    const { call, sent } = await bearing(() => Promise.reject(cause));
    await expect(call()).rejects.toMatchObject({
      code: "Unavailable",
      executed: "no",
      message: "TestService.test: it was not sent: the option token() of bearer gave no token",
      cause,
    });
    expect(isRefusedHere(await call().catch((error: unknown) => error))).toBe(true);
    for (const wrong of ["", "with space", "line\nbreak", 7, undefined, "x".repeat(20_000)]) {
      const at = await bearing(() => wrong as string);
      await expect(at.call()).rejects.toMatchObject({ code: "Unavailable", executed: "no" });
    }
    expect(sent).toEqual([]);
  });

  it("says what to mend where the token is given with its scheme", async () => {
    for (const wrong of ["Bearer x.y.z", "bearer  opaque"]) {
      const { call, sent } = await bearing(() => wrong);
      await expect(call()).rejects.toMatchObject({
        code: "Config",
        executed: "no",
        retryable: false,
        message:
          'TestService.test: it was not sent: the option token() of bearer must give the token alone, without "Bearer "',
      });
      expect(sent).toEqual([]);
    }
  });

  it("waits for a token in bounded time, and asks again for the next call", async () => {
    let asked = 0;
    const { call, clock } = await bearing(() => (++asked === 1 ? new Promise<string>(() => {}) : "token"));
    const waiting = expect(call()).rejects.toMatchObject({
      code: "Unavailable",
      cause: new Error("the option token() gave none within 10000 ms"),
    });
    clock.advance(10_000);
    await waiting;
    expect((await call()).statusCode).toBe(200);
    expect(clock.timerCount).toBe(0);
  });

  it("gives the caller the 401 where no other token can be had, and reports why", async () => {
    let asked = 0;
    const { call, clock, reports, describe } = await bearing(
      async () => {
        if (++asked > 1) throw new Error("away");
        return "token";
      },
      () => refused,
    );
    await call();
    expect(describe()).toEqual({ marginMs: 30_000, timeoutMs: 10_000, isTokenKept: true });
    clock.advance(1_000);
    expect((await call()).statusCode).toBe(401);
    expect(reports).toEqual([["fetching a token", new Error("away")]]);
    expect(JSON.stringify(describe())).not.toContain('"token"');
  });
});
