import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@porthos-rpc/client";
import { contract, method, stream } from "@porthos-rpc/contract";
import { auth, bearer, caller } from "@porthos-rpc/extension-auth";
import type { Extension } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import type { Row } from "../rows.js";
import { Stage } from "../stage.js";
import { rows } from "./rows.js";

const ISSUER = "https://issuer.example";
const AUDIENCE = "tests";

const [[, memory]] = rows as unknown as [[string, Row]];

/** An issuer, and where he publishes his keys by HTTP. */
class Issuer implements AsyncDisposable {
  readonly #server = createHttpServer((_request, response) => {
    response.writeHead(this.isAway ? 500 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ keys: this.#keys }));
  });
  readonly #keys: JWK[] = [];
  isAway = false;
  #privateKey!: CryptoKey;

  static async start(): Promise<Issuer> {
    const issuer = new Issuer();
    await issuer.newKey();
    await new Promise<void>((resolve) => issuer.#server.listen(0, "127.0.0.1", resolve));
    return issuer;
  }

  async newKey(): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    this.#privateKey = privateKey;
    this.#keys.splice(0, 1, { ...(await exportJWK(publicKey)), kid: `key-${Math.floor(performance.now())}` });
  }

  token(scope: string, expiresIn = "1h", subject = "alice"): Promise<string> {
    return new SignJWT({ scope })
      .setProtectedHeader({ alg: "ES256", kid: this.#keys[0]?.kid as string })
      .setSubject(subject)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setExpirationTime(expiresIn)
      .sign(this.#privateKey);
  }

  get trust() {
    const { port } = this.#server.address() as AddressInfo;
    return { jwksUrl: `http://127.0.0.1:${port}/jwks`, issuer: ISSUER, audience: AUDIENCE };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe.each(rows)("auth, over %s", { concurrent: true }, (_title, row) => {
  test("a handler knows its caller; who has no token, or one that allows less, never reaches it", async () => {
    await using issuer = await Issuer.start();
    await using stage = new Stage(row, "auth");
    const ran: unknown[] = [];
    const whoAmI = (request: object) => {
      ran.push(caller.of(request)?.subject);
      return caller.of(request)?.scopes;
    };
    await stage.server(
      { whoAmI, "admin.reset": whoAmI },
      { extensions: [auth({ ...issuer.trust, policy: { "admin.*": ["admin"] } })] },
    );
    const alice = await stage.client({ extensions: [bearer({ token: () => issuer.token("read") })] });
    const admin = await stage.client({
      extensions: [bearer({ token: () => issuer.token("read admin", "1h", "root") })],
    });
    const nobody = await stage.client();
    const answers = await Promise.all([
      alice.call("whoAmI").sync(),
      admin.call("admin.reset").sync(),
      alice.call("admin.reset").sync(),
      nobody.call("whoAmI").sync(),
      nobody.call("whoAmI").withHeaders({ authorization: "Bearer garbage" }).sync(),
      nobody
        .call("whoAmI")
        .withHeaders({ authorization: `Bearer ${await issuer.token("", "-1h")}` })
        .sync(),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 403, 401, 401, 401]);
    expect(answers[0]?.json()).toEqual(["read"]);
    for (const answer of answers.slice(2)) expect(answer.json()).toMatchObject({ executed: "no" });
    expect(ran.sort()).toEqual(["alice", "root"]);
  });

  test("a client whose token is refused fetches another and calls again; an issuer that is away harms nobody who is known", async () => {
    await using issuer = await Issuer.start();
    await using stage = new Stage(row, "auth");
    const errors: unknown[] = [];
    const server = await stage.server(
      { add: () => "added" },
      { extensions: [auth({ ...issuer.trust, clockToleranceMs: 0 })] },
    );
    server.on("extensionError", ({ extension, during }) => errors.push([extension, during]));
    const tokens = [await issuer.token("", "-1h"), await issuer.token("")];
    let fetched = 0;
    const extensions = [bearer({ token: () => tokens[Math.min(fetched++, 1)] as string })];
    const client = await stage.client({ extensions });
    expect((await client.call("add").sync()).statusCode).toBe(200);
    expect(fetched).toBe(2);
    issuer.isAway = true;
    await issuer.newKey();
    expect((await client.call("add").sync()).statusCode).toBe(200);
    expect(errors).toEqual([]);
  });

  test("while the issuer's keys cannot be had, calls are answered 503 with a time, and with 200 soon after they can", async () => {
    await using issuer = await Issuer.start();
    issuer.isAway = true;
    await using stage = new Stage(row, "auth");
    const errors: unknown[] = [];
    // The keys are fetched while the server starts.
    const watch: Extension = {
      name: "watch",
      apiVersion: 1,
      server: {
        observe: { extensionError: ({ extension, during }) => void errors.push([extension, during]) },
      },
    };
    await stage.server({ add: () => "added" }, { extensions: [watch, auth(issuer.trust)] });
    const client = await stage.client({ extensions: [bearer({ token: () => issuer.token("") })] });
    const answer = await client.call("add").sync();
    expect([answer.statusCode, answer.headers.get("Retry-After")]).toEqual([503, 1]);
    expect(answer.json()).toMatchObject({ executed: "no" });
    issuer.isAway = false;
    const isAnswered = async () => expect((await client.call("add").sync()).statusCode).toBe(200);
    await vi.waitFor(isAnswered, { timeout: 5_000, interval: 200 });
    expect(errors[0]).toEqual(["auth", "fetching keys"]);
  });
});

test("handlers of a contract find the caller in their context, streams among them", async () => {
  const api = contract("Guarded", {
    whoAmI: method({ output: z.string() }),
    letters: stream({ output: z.string() }),
  });
  await using issuer = await Issuer.start();
  await using stage = new Stage(memory);
  const transport = await stage.transport();
  const server = createServer({ transport, contract: api, extensions: [auth(issuer.trust)] });
  server.implement({
    whoAmI: (_, { caller: { subject = "" } }) => subject,
    async *letters(_, { caller: { subject = "" } }) {
      yield* subject;
    },
  });
  stage.add(server);
  await server.listen();
  const token = () => issuer.token("");
  const client = createClient({ transport, contract: api, extensions: [bearer({ token })] });
  const stranger = createClient({ transport, contract: api });
  stage.add(client);
  stage.add(stranger);
  expect(await client.methods.whoAmI()).toBe("alice");
  expect((await all(client.methods.letters())).join("")).toBe("alice");
  await expect(stranger.methods.whoAmI()).rejects.toMatchObject({
    code: "Remote",
    status: 401,
    executed: "no",
  });
  await expect(all(stranger.methods.letters())).rejects.toMatchObject({ status: 401 });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const item of items) read.push(item);
  return read;
}
