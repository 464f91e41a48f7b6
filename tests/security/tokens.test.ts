import { TokenIssuer } from "@porthos-rpc/brokers";
import { ownBroker } from "@porthos-rpc/brokers/vitest";
import { createClient } from "@porthos-rpc/client";
import type { RpcError, Transport } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { amqp10 } from "@porthos-rpc/transport-amqp10";
import { amqp091, type CredentialFunction } from "@porthos-rpc/transport-amqp091";
import { afterAll, describe, expect, test, vi } from "vitest";

const TOKEN_LIFE_MS = 6_000;

const issuer = new TokenIssuer();
const LINES = ["rabbitmq-3.10", "rabbitmq-4.0", "rabbitmq-4.3"] as const;
const brokers = await Promise.all(
  LINES.map((line) =>
    ownBroker(line, {
      name: `tokens-${line}`,
      config: issuer.config,
      plugins: ["rabbitmq_auth_backend_oauth2"],
    }),
  ),
);
/** Over AMQP 1.0 the plugin of 3.10 takes no tokens. */
const PROTOCOLS = {
  "rabbitmq-3.10": ["amqp091"],
  "rabbitmq-4.0": ["amqp091", "amqp10"],
  "rabbitmq-4.3": ["amqp091", "amqp10"],
} as const;
const carriers = brokers.flatMap((broker, index) => {
  const line = LINES[index];
  if (broker === undefined || line === undefined) return [];
  return PROTOCOLS[line].map((protocol) => [`${protocol} on ${line}`, { broker, protocol }] as const);
});
/** It cannot be told of a new token: the connection has to be another one. */
const IS_NOT_TOLD = "amqp10 on rabbitmq-4.0";
afterAll(() => issuer[Symbol.dispose]());

/** Ends on a whole second, as tokens do. */
function issue(lifeMs: number): Awaited<ReturnType<CredentialFunction>> {
  const expiresAt = new Date(Math.floor((Date.now() + lifeMs) / 1_000) * 1_000);
  return { username: "token", password: issuer.token(expiresAt), expiresAt };
}

/** Transports with credentials from a function, what they told, and how often they asked. */
class Program implements AsyncDisposable {
  readonly told: string[] = [];
  readonly #make: typeof amqp091 | typeof amqp10;
  readonly #url: string;
  readonly #transports: Transport[] = [];

  constructor({ broker, protocol }: (typeof carriers)[number][1]) {
    this.#make = protocol === "amqp091" ? amqp091 : amqp10;
    this.#url = broker.url(protocol);
  }

  transport(credentials: CredentialFunction): Transport {
    const transport = this.#make({ url: this.#url, credentials });
    this.#transports.push(transport);
    transport.on("up", ({ epoch }) => this.told.push(`up ${epoch}`));
    transport.on("down", ({ reason }) => this.told.push(`down: ${reason.message}`));
    transport.on("degraded", ({ what, reason }) => this.told.push(`${what}: ${reason.message}`));
    return transport;
  }

  /** Resolves when it has been told. */
  async hears(pattern: RegExp): Promise<void> {
    await vi.waitUntil(() => this.told.some((text) => pattern.test(text)), { timeout: 15_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.close()));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Calls for two lives of a token. @returns how often a token was asked for */
async function callOnAndOn(program: Program, service: string): Promise<number> {
  let asked = 0;
  const transport = program.transport(async () => {
    asked++;
    return issue(TOKEN_LIFE_MS);
  });
  await using server = createServer({ transport, service });
  server.register("echo", (request, response) => response.json(200, request.json()));
  await server.listen();
  await using client = createClient({ transport, service, timeoutMs: 2_000 });
  let calls = 0;
  for (const until = Date.now() + 2 * TOKEN_LIFE_MS; Date.now() < until; await pause(50)) {
    const response = await client.call("echo").withIdempotence().withMap({ calls }).sync();
    expect(response.json()).toEqual({ calls: calls++ });
  }
  expect(calls).toBeGreaterThan(100);
  return asked;
}

describe.concurrent.each(carriers)("%s tokens", (title, carrier) => {
  const service = `tokens-${carrier.protocol}`;

  if (title === IS_NOT_TOLD)
    test("that end have the connection made anew in time, and no call is lost over it", async () => {
      await using program = new Program(carrier);
      expect(await callOnAndOn(program, service)).toBeGreaterThanOrEqual(4);
      const losses = program.told.filter((text) => text.startsWith("down"));
      expect(losses.length).toBeGreaterThan(0);
      for (const text of losses) expect(text).toContain("made anew, since its credentials end");
    }, 30_000);
  else
    test("that end are renewed in time, and calls go on without a new connection", async () => {
      await using program = new Program(carrier);
      // Both connections, at the start and twice since.
      expect(await callOnAndOn(program, service)).toBeGreaterThanOrEqual(6);
      expect(program.told).toEqual(["up 1"]);
    }, 30_000);

  test("that cannot be renewed end the connection, which comes back with the next token", async () => {
    await using program = new Program(carrier);
    let asked = 0;
    const transport = program.transport(async () => {
      asked++;
      if (asked === 2) throw new Error("the issuer is away");
      return issue(3_000);
    });
    await transport.ready();
    await program.hears(/^renewing the credentials for sending: .*could not be renewed: .*see the cause/);
    await program.hears(/^down: .*(ended at .*could not be renewed|credential expired)/);
    await program.hears(/^up 2/);
    expect(asked).toBeGreaterThanOrEqual(3);
  }, 30_000);

  test("that the broker refuses when they are renewed end the connection too", async () => {
    await using program = new Program(carrier);
    using stranger = new TokenIssuer();
    let asked = 0;
    const transport = program.transport(async () => {
      const good = issue(3_000);
      return ++asked === 2
        ? {
            ...good,
            password: stranger.token(new Date(Date.now() + 60_000)),
            expiresAt: new Date(Date.now() + 60_000),
          }
        : good;
    });
    await transport.ready();
    await program.hears(/^down/);
    await program.hears(/^up 2/);
  }, 30_000);

  test("that are over at the start are a Config error that says what to do, and are not sent", async () => {
    await using program = new Program(carrier);
    const transport = program.transport(async () => issue(-5_000));
    const error = await transport.ready().catch((reason: unknown) => reason as RpcError);
    expect(error).toMatchObject({ code: "Config", executed: "no", retryable: false });
    expect((error as RpcError).message).toMatch(/ended at .* it must fetch new ones each time it is asked/);
  });

  test("that are over by the broker's clock alone are refused by it, as a Config error", async () => {
    await using program = new Program(carrier);
    const transport = program.transport(async () => ({ ...issue(-5_000), expiresAt: undefined }));
    await expect(transport.ready()).rejects.toMatchObject({
      code: "Config",
      message: expect.stringContaining("refused the credentials"),
    });
  });
});
