import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient, RpcError } from "@porthos-rpc/client";
import { contract, method } from "@porthos-rpc/contract";
import { auth, bearer } from "@porthos-rpc/extension-auth";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { z } from "zod";

/*
 * A service whose callers have tokens of an issuer, who publishes his keys by HTTP. Here the issuer is a few lines; in earnest he is an
 * identity provider.
 */

const issuer = "https://issuer.example";
const audience = "Accounts";

const { privateKey, publicKey } = await generateKeyPair("ES256");
const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "1", alg: "ES256" }] });
const keyServer = createHttpServer((_request, response) => response.end(jwks));
await new Promise<void>((resolve) => keyServer.listen(0, "127.0.0.1", resolve));
const jwksUrl = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/jwks`;

function tokenOf(subject: string, scope: string): Promise<string> {
  return new SignJWT({ scope })
    .setProtectedHeader({ alg: "ES256", kid: "1" })
    .setSubject(subject)
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime("5m")
    .sign(privateKey);
}

const accounts = contract("Accounts", {
  balance: method({ output: z.string() }),
  "admin.close": method({ input: z.object({ name: z.string() }), output: z.string() }),
});

const transport = memory();
const server = createServer({
  transport,
  contract: accounts,
  extensions: [auth({ jwksUrl, issuer, audience, policy: { "admin.*": ["admin"] } })],
});
server.implement({
  balance: (_, { caller }) => `the balance of ${caller.subject}`,
  "admin.close": ({ name }, { caller }) => `${caller.subject} closed the account of ${name}`,
});
await server.listen();

const clientOf = (subject: string, scope: string) =>
  createClient({
    transport,
    contract: accounts,
    extensions: [bearer({ token: () => tokenOf(subject, scope) })],
  });
const alice = clientOf("alice", "");
const root = clientOf("root", "admin");
const stranger = createClient({ transport, contract: accounts });

const close = { name: "bob" };
for (const call of [
  () => alice.methods.balance(),
  () => root.methods["admin.close"](close),
  () => alice.methods["admin.close"](close),
  () => stranger.methods.balance(),
]) {
  try {
    console.log(await call());
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    console.log(`${error.status}, executed: ${error.executed}: ${error.message}`);
  }
}

await Promise.all([alice.close(), root.close(), stranger.close()]);
await server.shutdown();
keyServer.close();
