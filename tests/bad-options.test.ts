import { createClient, RpcError } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { accessLog } from "@porthos-rpc/extension-access-log";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { describe, expect, test } from "vitest";
import { authCases } from "./bad-options/auth-cases.js";
import { callCases, clientCases } from "./bad-options/client-cases.js";
import { compressionCases } from "./bad-options/compression-cases.js";
import { extensionCases } from "./bad-options/extension-cases.js";
import { serverCases } from "./bad-options/server-cases.js";
import { transportCases } from "./bad-options/transport-cases.js";
import { Program } from "./program.js";

/*
 * Whoever passes something wrong learns at once where it was, what it was, and what was expected: never by a call that
 * hangs, and never with a secret in the text.
 */

const client = createClient({ transport: memory(), service: "Service" });

describe.each([
  ["createClient", clientCases],
  ["a call", callCases],
  ["a server", serverCases],
  ["a transport or an extension", transportCases],
  ["auth", authCases],
  ["compression", compressionCases],
  ["an extension that acts", extensionCases],
] as const)("%s refuses at once, by name and with what was expected,", (_where, cases) => {
  test.each(cases)("%s", async (_what, act, says) => {
    const error = await failureOf(act);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(says);
  });
});

test.each([
  [
    "a value that JSON cannot say",
    () => client.call("method").withStruct(undefined),
    /cannot be encoded as JSON/,
  ],
  ["a BigInt", () => client.call("method").withMap({ value: 1n }), /cannot be encoded as JSON: .*BigInt/],
  [
    "a circular value",
    () => client.call("method").withArgs(circular()),
    /cannot be encoded as JSON: .*circular/,
  ],
])("a body of %s is a BadRequest, before anything is sent", async (_what, act, says) => {
  const error = await failureOf(act);
  expect(error).toBeInstanceOf(RpcError);
  expect(error).toMatchObject({ code: "BadRequest", executed: "no", message: expect.stringMatching(says) });
});

test.each([
  "amqp://user:hunter2@host:port",
  "amqp://user:hunter2@host?heartbeat=5",
  "amqp://user:hunter2@",
  "user:hunter2@host",
  "kafka://user:hunter2@host",
  "memory:user:hunter2@host",
  "amqp://user:hunter2%zz@localhost",
])("a password in a URL that is wrong, such as %s, is in no error", async (url) => {
  const error = (await failureOf(() => connect(url))) as Error;
  expect(error).toBeInstanceOf(TypeError);
  for (let part: unknown = error; part instanceof Error; part = part.cause) {
    expect(`${part.message} ${part.stack?.replaceAll(/^.*bad-options\.test.*$/gm, "")}`).not.toContain(
      "hunter2",
    );
  }
});

test.each([
  ["memory:", "memory:", "@porthos-rpc/transport-memory"],
  ["amqp:", "amqp://localhost", "@porthos-rpc/transport-amqp091"],
  ["amqp10:", "amqp10://localhost", "@porthos-rpc/transport-amqp10"],
])("a scheme (%s) whose package is not installed says which to install", async (scheme, url, name) => {
  await using program = new Program("tests/programs/without-package.ts", { args: [name, url] });
  const error = JSON.parse(await program.line(/^\{/)) as { message: string };
  expect(error).toMatchObject({ code: "Config", executed: "no" });
  expect(error.message).toContain(`${scheme} URLs need ${name}, which is not installed: npm install ${name}`);
  expect(await program.end(10_000)).toMatchObject({ code: 0 });
});

test("an extension that needs what its transport cannot do fails at listen, with both names", async () => {
  const poor = new Proxy(memory(), {
    get(target, name) {
      if (name === "features") return { ...target.features, topics: false };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const needy = createServer({
    transport: poor,
    service: "Service",
    extensions: [{ name: "gossip", apiVersion: 1, needs: ["topics"] }],
  });
  await expect(needy.listen()).rejects.toThrow(
    /extension "gossip" needs "topics", which transport "memory" does not have/,
  );
  await needy.close();
  await poor.close();
});

test("an extension that is added to a listening server is refused", async () => {
  const late = createServer({ transport: memory(), service: "Service" });
  await late.listen();
  expect(() => late.addExtension(accessLog())).toThrow(/addExtension: the server listens already/);
  await late.shutdown();
});

async function failureOf(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  return new Error("nothing was refused");
}

function circular(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}
