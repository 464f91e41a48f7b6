import { createClient } from "@porthos-rpc/client";
import { contract, method, stream } from "@porthos-rpc/contract";
import { contextKey, type Extension, Refusal } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";

interface Caller {
  readonly subject: string;
}

const caller = contextKey<Caller>("caller");

/** Puts whom the header `user` names into the context, and refuses those without. */
const auth = (): Extension<{ readonly caller: Caller }> => ({
  name: "auth",
  apiVersion: 1,
  adds: { caller },
  server: {
    wrap: {
      phase: "auth",
      run: (call, next) => {
        const subject = call.request.headers?.get("user");
        if (typeof subject !== "string") throw new Refusal(401, "say who you are, in the header user");
        caller.set(call, { subject });
        // Whatever is derived further in has it, too.
        return next({ ...call });
      },
    },
  },
});

const api = contract("Context", {
  who: method({ output: z.string() }),
  admin: method({ output: z.string() }),
  letters: stream({ output: z.string() }),
});

const transport = memory();
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const end of open.splice(0)) await end.close();
});

describe("what extensions add to the context", () => {
  it("is there for the handlers of a contract, plain and streaming, by its name", async () => {
    const server = createServer({ transport, contract: api, extensions: [auth()] });
    open.push(server);
    server.implement({
      who: (_, context) => context.caller.subject,
      admin: (_, context) => context.caller.subject,
      async *letters(_, context) {
        yield* context.caller.subject;
      },
    });
    await server.listen();
    const client = createClient({ transport, service: "Context" });
    open.push(client);
    expect((await client.call("who").withHeaders({ user: "ada" }).sync()).json()).toBe("ada");
    const letters: unknown[] = [];
    for await (const letter of client.call("letters").withHeaders({ user: "bob" }).stream())
      letters.push(letter);
    expect(letters).toEqual(["b", "o", "b"]);
    const refused = await client.call("who").sync();
    expect([refused.statusCode, refused.json<{ detail: string }>().detail]).toEqual([
      401,
      "say who you are, in the header user",
    ]);
  });

  it("is there for handlers without a contract, by its key", async () => {
    const server = createServer({ transport, service: "Plain" });
    open.push(server);
    server.addExtension(auth());
    server.register("who", (request) => caller.of(request)?.subject);
    await server.listen();
    const client = createClient({ transport, service: "Plain" });
    open.push(client);
    expect((await client.call("who").withHeaders({ user: "ada" }).sync()).json()).toBe("ada");
  });

  it("is undefined where the extension is not for the method", async () => {
    const server = createServer({
      transport,
      contract: api,
      extensions: [{ methods: ["admin"], use: auth() }],
    });
    open.push(server);
    server.implement({
      who: (_, context) => String(context.caller?.subject),
      admin: (_, context) => String(context.caller?.subject),
      async *letters() {},
    });
    await server.listen();
    const client = createClient({ transport, service: "Context" });
    open.push(client);
    expect((await client.call("who").withHeaders({ user: "ada" }).sync()).json()).toBe("undefined");
    expect((await client.call("admin").withHeaders({ user: "ada" }).sync()).json()).toBe("ada");
    expect(server.describe().extensions).toEqual([{ name: "auth", methods: ["admin"], phase: "auth" }]);
  });

  it.each(["signal", "errors", "upload", "responseHeaders"])(
    "is refused under a name that a context has already: %s",
    (name) => {
      const adding = { ...auth(), adds: { [name]: contextKey(name) } };
      expect(() => createServer({ transport, contract: api, extensions: [adding as never] })).toThrow(
        new TypeError(`createServer: an extension adds "${name}" to the context, which is there already`),
      );
    },
  );

  it("is refused twice under the same name", () => {
    const another = { ...auth(), name: "sessions" };
    expect(() => createServer({ transport, contract: api, extensions: [auth(), another] })).toThrow(
      'an extension adds "caller"',
    );
  });
});

describe("extensions that cannot be for this server", () => {
  it("fail listen, by name, which may be tried again", async () => {
    const server = createServer({
      transport,
      service: "Plain",
      extensions: [{ methods: ["admin"], use: auth() }],
    });
    open.push(server);
    server.register("who", () => {});
    await expect(server.listen()).rejects.toThrow(
      'createServer: extension "auth" is for the methods "admin", and there is no such method; there are who',
    );
    server.register("admin", () => {});
    await server.listen();
  });

  it("are found out on a client with a contract at once", () => {
    const tries: Extension = { name: "retry", apiVersion: 1, client: {} };
    const extensions = [{ methods: ["whom"], use: tries }];
    expect(() => createClient({ transport, contract: api, extensions })).toThrow(
      'createClient: extension "retry" is for the methods "whom"',
    );
    expect(() => createClient({ transport, service: "Context", extensions })).not.toThrow();
  });
});

describe("a server's events for extensions", () => {
  it("tell when it listens and when it closes, once each", async () => {
    const told: string[] = [];
    const server = createServer({ transport, service: "Told" });
    server.on("listening", ({ service }) => told.push(`listening ${service}`));
    server.on("closing", ({ timeoutMs }) => told.push(`closing ${timeoutMs}`));
    await server.listen();
    const closed = server.shutdown({ timeoutMs: 100 });
    void server.close();
    await closed;
    expect(told).toEqual(["listening Told", "closing 100"]);
  });
});
