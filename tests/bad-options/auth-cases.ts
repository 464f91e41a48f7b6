import { auth, bearer } from "@porthos-rpc/extension-auth";
import { type Case, wrongly } from "./case.js";

const secret = "a secret of more than thirty-two bytes";
const trust = { issuer: "https://issuer.example", audience: "service" };

export const authCases: Case[] = [
  [
    "an unknown option of auth",
    () => auth(wrongly({ ...trust, secret, scopes: [] })),
    /auth: unknown option "scopes"; the options are keys, jwksUrl, secret, issuer/,
  ],
  [
    "nothing to verify tokens with",
    () => auth(wrongly(trust)),
    /auth: exactly one of the options "keys", "jwksUrl" and "secret" .*; got 0/,
  ],
  [
    "two things to verify tokens with",
    () => auth(wrongly({ ...trust, secret, jwksUrl: "https://issuer.example/jwks" })),
    /auth: exactly one of .*; got 2/,
  ],
  [
    "a secret that can be guessed",
    () => auth({ ...trust, secret: "hunter2" }),
    /^auth: option "secret" must be a text or bytes, at least 32 bytes of them, got a text$/,
  ],
  [
    "a private key to verify with",
    () => auth({ ...trust, keys: [{ kty: "EC", d: "hunter2" }] }),
    /^auth: option "keys" must be a list of public keys, .*, got an array$/,
  ],
  [
    "a URL with a password",
    () => auth({ ...trust, jwksUrl: "https://u:hunter2@issuer.example/" }),
    /^auth: option "jwksUrl" must be a URL of https: or http:, without a name and password, got a text$/,
  ],
  [
    "an audience that was forgotten",
    () => auth(wrongly({ secret, issuer: "https://issuer.example" })),
    /auth: option "audience" must be a text or a list of texts, or false if it is not to be checked, got undefined/,
  ],
  [
    "tokens without a signature",
    () => auth({ ...trust, secret, algorithms: ["none"] }),
    /auth: option "algorithms" must be a list of HS256, HS384, HS512, got an array/,
  ],
  [
    "a public key as a secret",
    () => auth({ ...trust, jwksUrl: "https://issuer.example/jwks", algorithms: ["HS256"] }),
    /auth: option "algorithms" must be a list of RS256/,
  ],
  [
    "a rule that is none",
    () => auth({ ...trust, secret, policy: { "admin.*": wrongly("admin") } }),
    /auth: option "policy\["admin\.\*"\]" must be rules by method, .*got a text/,
  ],
  [
    "a rule for methods with two stars",
    () => auth({ ...trust, secret, policy: { "*admin*": ["admin"] } }),
    /auth: the methods of extension "auth" must be a list of names, .*got "\*admin\*"/,
  ],
  [
    "a rule that asks for nothing",
    () => auth({ ...trust, secret, policy: { "admin.*": [] } }),
    /auth: option "policy\["admin\.\*"\]" must be rules by method/,
  ],
  [
    "a token instead of a function that gives one",
    () => bearer({ token: wrongly("hunter2") }),
    /^bearer: option "token" must be a function that gives a token, got a text$/,
  ],
  [
    "a margin that is no time",
    () => bearer({ token: () => "t", marginMs: -1 }),
    /bearer: option "marginMs" must be a whole number from 0 to 3600000, got -1/,
  ],
];
