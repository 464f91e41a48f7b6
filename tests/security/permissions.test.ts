import { readFileSync } from "node:fs";
import { ownBroker } from "@porthos-rpc/brokers/vitest";
import { createClient } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { contract, method, notification, stream } from "@porthos-rpc/contract";
import { discover, discovery } from "@porthos-rpc/extension-discovery";
import type { Transport } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Latch } from "../latch.js";
import {
  clientPermissions,
  type Permissions,
  patternOf,
  type Right,
  serverPermissions,
  usersExpression,
  without,
} from "./recipe.js";

type Role = "client" | "server";
type Protocol = "amqp091" | "amqp10";

interface Lack {
  readonly protocol: Protocol;
  readonly role: Role;
  readonly right: Right;
  /** The pattern that is missing. */
  readonly name: string;
  readonly user: string;
}

const CARRIERS = [
  ["amqp091", "rabbitmq-4.3"],
  ["amqp10", "rabbitmq-4.3"],
] as const;

const broker = await ownBroker("rabbitmq-4.3", { name: "permissions" });
const users = new Map<string, Permissions>();
const lacks: Lack[] = [];

for (const [protocol] of CARRIERS) {
  for (const role of ["client", "server"] as const) {
    const full = role === "client" ? clientPermissions(protocol) : serverPermissions(protocol, "Recipe.*");
    users.set(`${protocol}-${role}`, full);
    for (const right of ["configure", "write", "read"] as const) {
      for (const name of full[right]) {
        const user = `${protocol}-${role}-${lacks.length}`;
        users.set(user, without(full, right, name));
        lacks.push({ protocol, role, right, name, user });
      }
    }
  }
}

beforeAll(async () => {
  await broker?.ctl("eval", usersExpression(users));
});

/** What one service and one client do, all of it. */
function workOf(service: string) {
  return contract(service, {
    echo: method({ input: z.string(), output: z.string() }),
    wait: method({ output: z.string() }),
    log: notification({ input: z.string() }),
    countTo: stream({ input: z.object({ to: z.number() }), output: z.number() }),
    sum: stream({ upload: z.number(), result: z.number() }),
  });
}

/** A client and a server, one of them a user with some permissions, the other one with all; and what they were told. */
class Pair implements AsyncDisposable {
  readonly said: string[] = [];
  readonly #closing: (() => Promise<unknown>)[] = [];
  readonly #service: string;
  readonly #urls: Readonly<Record<Role, string>>;

  constructor({ protocol, role, user }: Pick<Lack, "protocol" | "role" | "user">) {
    this.#service = `Recipe-${user}`;
    const url = new URL(broker?.url(protocol) ?? "");
    const all = url.href;
    url.username = user;
    url.password = user;
    this.#urls = { client: all, server: all, [role]: url.href };
  }

  readonly note = (reason: unknown): void => {
    const { code, message } = reason as { readonly code?: string; readonly message?: string };
    this.said.push(`${code} ${message}`);
  };

  /** All that the recipe is for. Resolves with what came of it. */
  async work(): Promise<unknown> {
    const work = workOf(this.#service);
    const [heard, cancelled] = [new Latch(), new Latch()];
    const server = createServer({ transport: await this.#transport("server"), contract: work });
    this.#closing.push(() => server.close());
    server.on("degraded", ({ reason }) => this.note(reason));
    server.on("replyLost", ({ outcome }) => "error" in outcome && this.note(outcome.error));
    server.implement({
      echo: (text) => text,
      wait: async (_, { signal }) => {
        signal.addEventListener("abort", () => cancelled.open());
        await cancelled.pass();
        return "";
      },
      log: () => heard.open(),
      async *countTo({ to }) {
        for (let n = 1; n <= to; n++) yield n;
      },
      async sum(_, { upload }) {
        let total = 0;
        for await (const n of upload) total += n;
        return total;
      },
    });
    await server.listen();
    const client = createClient({
      transport: await this.#transport("client"),
      contract: work,
      timeoutMs: 3_000,
    });
    this.#closing.push(() => client.close());
    const { methods } = client;
    const echo = await methods.echo("hello");
    await methods.log("one way");
    const counted: number[] = [];
    for await (const n of methods.countTo({ to: 3 })) counted.push(n);
    const sum = await methods.sum([1, 2, 3]);
    const abort = new AbortController();
    const waiting = methods.wait({ signal: abort.signal }).catch((error: { code: string }) => error.code);
    // It must have begun, else it is never told.
    await methods.echo("again");
    abort.abort();
    await Promise.all([heard.pass(), cancelled.pass()]);
    return [echo, counted, sum, await waiting];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
  }

  async #transport(role: Role): Promise<Transport> {
    const transport = await connect(this.#urls[role], { startTimeoutMs: 3_000 });
    this.#closing.push(() => transport.close());
    transport.on("down", ({ reason }) => this.note(reason));
    transport.on("degraded", ({ reason }) => this.note(reason));
    return transport;
  }
}

const ALL = ["hello", [1, 2, 3], 6, "Cancelled"];

describe.runIf(broker)("the permissions that SECURITY.md lists", () => {
  test.concurrent.each(
    CARRIERS.flatMap(([protocol]) => (["client", "server"] as const).map((role) => ({ protocol, role }))),
  )(
    "are all that a $role needs over $protocol: for calls, one-way calls, streams and cancelling",
    async (one) => {
      await using pair = new Pair({ ...one, user: `${one.protocol}-${one.role}` });
      expect(await pair.work()).toEqual(ALL);
      expect(pair.said).toEqual([]);
    },
  );

  test.concurrent.each(lacks)(
    "$protocol, $role: without $right $name an error names both",
    async (lack) => {
      await using pair = new Pair(lack);
      // Cancelling is no reason to fail: without it the work may be done all the same, and the lack is told.
      await Promise.race([pair.work(), new Promise((resolve) => setTimeout(resolve, 8_000))]).catch(
        pair.note,
      );
      const name = lack.name.replace("Recipe.*", `Recipe-${lack.user}`);
      const refused = new RegExp(
        `^Config .*${lack.right} access to (queue|exchange) '${name}'.*; give the user this permission`,
      );
      expect(pair.said).toContainEqual(expect.stringMatching(refused));
    },
    20_000,
  );

  test.concurrent.each(lacks.filter(({ name }) => name === "amq\\.direct"))(
    "$protocol, $role: without $right $name a server cannot be found, or cannot be asked for, and the error names the topic",
    async ({ protocol, role, user }) => {
      const url = new URL(broker?.url(protocol) ?? "");
      [url.username, url.password] = [user, user];
      const transport = await connect(url.href);
      const service = `Recipe-${user}`;
      const server = createServer({ transport, service, extensions: [discovery()] });
      const act = role === "server" ? server.listen() : discover(transport, { kind: "ping" }).all();
      await expect(act).rejects.toMatchObject({
        code: "Config",
        message: expect.stringMatching(/^discover.*"porthos\.discovery\.(all|service|instance).*amq\.direct/),
      });
      await server.close();
      await transport.close();
    },
  );

  test("are what it lists", () => {
    const page = readFileSync(new URL("../../SECURITY.md", import.meta.url), "utf8");
    for (const [protocol] of CARRIERS) {
      for (const { configure, write, read } of [
        clientPermissions(protocol),
        serverPermissions(protocol, "Calculator"),
      ]) {
        for (const names of [configure, write, read]) expect(page).toContain(`'${patternOf(names)}'`);
      }
    }
  });
});
