import { ManualClock } from "@porthos-rpc/protocol/testing";
import { base64url, exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { Guarded } from "../test/guarded.js";
import { AUDIENCE, ISSUER, Issuer } from "../test/issuer.js";
import type { auth, Caller } from "./index.js";

const SECRET = "a secret of more than thirty-two bytes";
const NAMES = { issuer: ISSUER, audience: AUDIENCE };
const INVALID = {
  status: 401,
  words: "the token is not valid here: send one that the issuer whom this service trusts has made for it",
};

async function guarded(options: Partial<Parameters<typeof auth>[0]> = {}) {
  const clock = new ManualClock();
  const issuer = new Issuer(clock);
  await issuer.addKey();
  const gate = await Guarded.by(clock, { keys: issuer.jwks, ...NAMES, ...options } as never);
  return { clock, issuer, gate };
}

describe("auth", () => {
  it.each(["RS256", "PS256", "ES256", "EdDSA"])("lets in whom a token signed by %s names", async (alg) => {
    const clock = new ManualClock();
    const issuer = new Issuer(clock);
    await issuer.addKey(alg);
    const gate = await Guarded.by(clock, { keys: issuer.jwks, ...NAMES });
    expect(await gate.bearing(await issuer.token())).toMatchObject({
      status: 200,
      caller: { subject: "alice", scopes: ["read", "write"], claims: { iss: ISSUER, aud: AUDIENCE } },
    });
  });

  it("takes a shared secret for HS256, and for nothing else unless it is told to", async () => {
    const clock = new ManualClock();
    const issuer = new Issuer(clock);
    const gate = await Guarded.by(clock, { secret: SECRET, ...NAMES });
    expect(await gate.bearing(await issuer.tokenOf(SECRET))).toMatchObject({ status: 200 });
    expect(await gate.bearing(await issuer.tokenOf(SECRET, {}, "HS512"))).toMatchObject(INVALID);
    expect(await gate.bearing(await issuer.tokenOf(`${SECRET}!`))).toMatchObject(INVALID);
    const wider = await Guarded.by(clock, { secret: SECRET, ...NAMES, algorithms: ["HS512"] });
    expect(await wider.bearing(await issuer.tokenOf(SECRET, {}, "HS512"))).toMatchObject({ status: 200 });
  });

  it("says the same of every token that is not good here, whatever is wrong with it", async () => {
    const { issuer, gate, clock } = await guarded();
    const other = new Issuer(clock);
    const otherKey = await other.addKey();
    const good = await issuer.token();
    const [head = "", body = "", signature = ""] = good.split(".");
    const none = base64url.encode(JSON.stringify({ alg: "none" }));
    const tokens = [
      await issuer.token({ issuer: "https://elsewhere.example" }),
      await issuer.token({ audience: "payments" }),
      await issuer.token({ claims: { nbf: Math.floor(clock.epochMs() / 1_000) + 600 } }),
      await issuer.token({ key: otherKey }),
      await issuer.tokenOf(SECRET),
      `${none}.${body}.`,
      `${none}.${body}.${signature}`,
      `${head}.${body}.`,
      `${head}.${body}`,
      `${head}.${base64url.encode("{}")}.${signature}`,
      `${head}.${base64url.encode("7")}.${signature}`,
      "garbage",
      "a.b.c",
      `${"a".repeat(12_000)}.b.c`,
    ];
    for (const token of tokens) expect(await gate.bearing(token)).toMatchObject(INVALID);
    for (const header of ["", "Bearer", "Bearer ", "Basic YTpi", good, `Bearer ${good} x`, 7, null, ["x"]])
      expect(await gate.call(header)).toMatchObject(INVALID);
    expect(gate.reports).toEqual([]);
  });

  it("does not take a public key for a secret, nor a token without an end", async () => {
    const clock = new ManualClock();
    const issuer = new Issuer(clock);
    const { jwk, privateKey } = await issuer.addKey("RS256");
    const gate = await Guarded.by(clock, { keys: issuer.jwks, ...NAMES });
    expect(await gate.bearing(await issuer.tokenOf(JSON.stringify(jwk)))).toMatchObject(INVALID);
    const endless = new SignJWT({})
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setProtectedHeader({ alg: "RS256" });
    expect(await gate.bearing(await endless.sign(privateKey))).toMatchObject(INVALID);
  });

  it("tries each key where neither token nor keys say which it is", async () => {
    const clock = new ManualClock();
    const pairs = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
    const keys = await Promise.all(pairs.map(({ publicKey }) => exportJWK(publicKey)));
    const gate = await Guarded.by(clock, { keys, ...NAMES });
    const stranger = await generateKeyPair("ES256");
    const signed = ({ privateKey }: (typeof pairs)[number]) =>
      new SignJWT({ exp: clock.epochMs() / 1_000 + 60 })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setProtectedHeader({ alg: "ES256" })
        .sign(privateKey);
    for (const pair of pairs) expect(await gate.bearing(await signed(pair))).toMatchObject({ status: 200 });
    expect(await gate.bearing(await signed(stranger))).toMatchObject(INVALID);
  });

  it("says of a token that has expired that it has, to the millisecond of its tolerance, cached or not", async () => {
    const { issuer, gate, clock } = await guarded({ clockToleranceMs: 2_000 });
    const token = await issuer.token({ expiresInS: 10 });
    clock.advance(11_999);
    expect(await gate.bearing(token)).toMatchObject({ status: 200 });
    clock.advance(1);
    const expired = { status: 401, words: "the token has expired: send one that has not" };
    expect(await gate.bearing(token)).toMatchObject(expired);
    const another = await guarded();
    const late = await another.issuer.token({ expiresInS: 10 });
    another.clock.advance(15_000);
    expect(await another.gate.bearing(late)).toMatchObject(expired);
  });

  it("asks for a token where there is none, in words that say where to put it", async () => {
    const { gate } = await guarded();
    expect(await gate.call(undefined)).toMatchObject({
      status: 401,
      words: 'a token is needed: send it in the header "authorization", as "Bearer <token>"',
    });
  });

  it("lets in nobody without a token where a policy names the method, or else if none is required", async () => {
    const { gate, issuer } = await guarded({ required: false, policy: { "admin.*": ["admin"] } });
    expect(await gate.call(undefined)).toEqual({ status: 200, caller: undefined });
    expect(await gate.call(undefined, "admin.reset")).toMatchObject({ status: 401 });
    expect(await gate.bearing("garbage")).toMatchObject(INVALID);
    expect(await gate.bearing(await issuer.token())).toMatchObject({ caller: { subject: "alice" } });
  });

  it("takes the words Bearer and authorization however they are written", async () => {
    const { gate, issuer } = await guarded();
    expect(await gate.call(`bearer ${await issuer.token()}`)).toMatchObject({ status: 200 });
    expect(await gate.call(`BEARER  ${await issuer.token()}`)).toMatchObject({ status: 200 });
  });

  it("reads scopes as words or as a list", async () => {
    const { gate, issuer } = await guarded();
    const scopesOf = async (claims: Record<string, unknown>) =>
      gate.bearing(await issuer.token({ claims: { scope: undefined, ...claims } }));
    expect(await scopesOf({ scp: ["a", 7, "b"] })).toMatchObject({ caller: { scopes: ["a", "b"] } });
    expect(await scopesOf({ scp: "a  b" })).toMatchObject({ caller: { scopes: ["a", "b"] } });
    expect(await scopesOf({ sub: 7 })).toMatchObject({ caller: { subject: undefined, scopes: [] } });
  });

  it("hands on a caller that no handler can change for the next call", async () => {
    const { gate, issuer } = await guarded();
    const token = await issuer.token({ claims: { roles: { admin: false } } });
    const outcome = await gate.bearing(token);
    const { caller } = outcome as { readonly caller?: Caller };
    const { roles } = (caller?.claims ?? {}) as unknown as { roles: { admin: boolean } };
    expect(() => {
      roles.admin = true;
    }).toThrow(TypeError);
    expect(await gate.bearing(token)).toMatchObject({ caller: { claims: { roles: { admin: false } } } });
  });

  it("describes itself without any secret", async () => {
    const clock = new ManualClock();
    const gate = await Guarded.by(clock, { secret: SECRET, ...NAMES, policy: { "admin.*": () => true } });
    await gate.bearing(await new Issuer(clock).tokenOf(SECRET));
    expect(gate.describe()).toEqual({
      secret: true,
      issuer: [ISSUER],
      audience: [AUDIENCE],
      policy: { "admin.*": "a function" },
      required: true,
      algorithms: ["HS256"],
      clockToleranceMs: 5_000,
      maxCachedTokens: 1_000,
      cachedTokens: 1,
    });
    const { gate: open } = await guarded({ issuer: false, audience: false });
    expect(open.describe()).toMatchObject({ keys: 1, issuer: false, audience: false });
  });
});
