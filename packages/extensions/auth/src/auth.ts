import type { Extension, ExtensionHost } from "@porthos-rpc/protocol";
import { type Caller, caller } from "./caller.js";
import { Gate } from "./gate.js";
import { type AuthOptions, type CheckedAuthOptions, checkAuthOptions } from "./options.js";
import { RemoteKeys } from "./remote-keys.js";
import { VerifiedTokens } from "./verified-tokens.js";
import { Verifier } from "./verifier.js";

/**
 * Lets nobody call a method but who has a valid token (a signed JWT, in the header `authorization`) that allows it. A call without one, or with one
 * that is not good here, is answered 401, one that `policy` does not allow 403, and 503 with `Retry-After` while the issuer's keys cannot be had:
 * the handler does not run. On a server. Its object belongs to one server.
 * @throws {TypeError} for a wrong option, by name.
 */
export function auth(
  options: AuthOptions & { readonly required?: true },
): Extension<{ readonly caller: Caller }>;
/** Of a server that may let in who has none. */
export function auth(options: AuthOptions): Extension<{ readonly caller: Caller | undefined }>;
export function auth(options: AuthOptions): Extension<{ readonly caller: Caller | undefined }> {
  const settings = checkAuthOptions(options);
  const verified = new VerifiedTokens(settings.maxCachedTokens);
  let gate: Gate | undefined;
  let remote: RemoteKeys | undefined;

  return {
    name: "auth",
    apiVersion: 1,
    adds: { caller },
    server: {
      wrap: {
        phase: "auth",
        run(call, next) {
          if (gate === undefined) throw new Error("auth: it was not started");
          return gate.run(call, next);
        },
      },
      start(host) {
        checkPolicy(settings, host);
        remote = remoteKeys(settings, host, verified);
        gate = new Gate(settings, new Verifier(settings, remote?.find), verified, host.clock);
        remote?.prepare();
      },
      stop() {
        remote?.stop();
        verified.clear();
      },
      describe: () => described(settings, verified),
    },
  };
}

/** A slip in a method's name would leave it open to everybody. @throws {TypeError} */
function checkPolicy({ policy }: CheckedAuthOptions, { methods }: ExtensionHost): void {
  const pattern = policy.without([...methods.keys()]);
  if (pattern === undefined) return;
  const known = [...methods.keys()].join(", ");
  throw new TypeError(
    `auth: option "policy" is for the methods "${pattern}", and there is no such method; there are ${known}`,
  );
}

function remoteKeys(
  { trusted, fetchTimeoutMs }: CheckedAuthOptions,
  host: ExtensionHost,
  verified: VerifiedTokens,
): RemoteKeys | undefined {
  if (trusted.kind !== "jwksUrl") return undefined;
  return new RemoteKeys(trusted.url, fetchTimeoutMs, {
    clock: host.clock,
    report: (during, error) => host.report(during, error),
    // A key may have been withdrawn: what it signed is verified anew.
    onChange: () => verified.clear(),
  });
}

function described(settings: CheckedAuthOptions, verified: VerifiedTokens): unknown {
  const { trusted, issuer, audience, policy, required, algorithms, clockToleranceMs } = settings;
  const { maxCachedTokens } = settings;
  return {
    // Without its query, which may be a secret.
    ...(trusted.kind === "jwksUrl" ? { jwksUrl: trusted.url.origin + trusted.url.pathname } : {}),
    ...(trusted.kind === "keys" ? { keys: trusted.keys.length } : {}),
    ...(trusted.kind === "secret" ? { secret: true } : {}),
    issuer: issuer ?? false,
    audience: audience ?? false,
    policy: policy.describe(),
    required,
    algorithms,
    clockToleranceMs,
    maxCachedTokens,
    cachedTokens: verified.size,
  };
}
