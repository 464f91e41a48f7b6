import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authority } from "@porthos-rpc/brokers";
import { ownBroker } from "@porthos-rpc/brokers/vitest";
import { createClient } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { createServer as createService } from "@porthos-rpc/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Recording } from "./recording.js";

/** RabbitMQ with a TLS port of its own, which lets nobody in without a certificate that our authority signed. */
const ours = new Authority();
const strangers = new Authority();
const folder = mkdtempSync(join(tmpdir(), "porthos-tls-broker-"));
const port = await freePort();
const broker = await ownBroker("rabbitmq-4.3", {
  name: "certificates",
  plugins: ["rabbitmq_auth_mechanism_ssl"],
  config: [
    `listeners.ssl.local = 127.0.0.1:${port}`,
    `ssl_options.cacertfile = ${file("ca.pem", ours.cert)}`,
    ...Object.entries(ours.issue("DNS:localhost")).map(
      ([name, pem]) => `ssl_options.${name}file = ${file(`${name}.pem`, pem)}`,
    ),
    "ssl_options.verify = verify_peer",
    "ssl_options.fail_if_no_peer_cert = true",
    "ssl_cert_login_from = common_name",
    "auth_mechanisms.1 = PLAIN",
    "auth_mechanisms.2 = EXTERNAL",
  ],
});
const NOBODY = "porthos test";

beforeAll(async () => {
  // Whom the certificates of our authority name.
  await broker?.ctl("add_user", NOBODY, "unused");
  await broker?.ctl("set_permissions", NOBODY, ".*", ".*", ".*");
});
afterAll(() => {
  ours[Symbol.dispose]();
  strangers[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const mine = { ca: ours.cert, ...ours.issue("DNS:client") };

describe.runIf(broker).each(["amqps:", "amqp10s:"])("%s to a RabbitMQ that wants certificates", (scheme) => {
  const url = `${scheme}//guest:guest@localhost:${port}`;

  test.each([
    ["user name and password", url, {}],
    ["the certificate alone (EXTERNAL)", `${scheme}//localhost:${port}`, { sasl: "external" }],
  ])("lets us in by %s, and calls go through", async (_, where, options) => {
    const transport = await connect(where, { tls: mine, ...options });
    const service = `certificates-${process.pid}`;
    await using server = createService({ transport, service });
    server.register("echo", (request, response) => response.json(200, request.json()));
    await server.listen();
    await using client = createClient({ transport, service });
    expect((await client.call("echo").withMap({ a: 1 }).sync()).json()).toEqual({ a: 1 });
  });

  test.each<[string, object, RegExp]>([
    ["no certificate", { ca: ours.cert }, /set tls\.cert and tls\.key/],
    [
      "a stranger's certificate",
      { ca: ours.cert, ...strangers.issue("DNS:client") },
      /does not know who signed tls\.cert/,
    ],
    [
      "an expired certificate",
      { ca: ours.cert, ...ours.issueFor(-3, -1, "DNS:client") },
      /tls\.cert has expired/,
    ],
    ["another authority", { ...mine, ca: strangers.cert }, /tls: ca must be the authority/],
    ["another name", { ...mine, servername: "broker.example" }, /must be a name in the certificate/],
  ])("with %s it is a Config error that says so, and no password is on the line", async (_, tls, says) => {
    await using recording = await Recording.open(url);
    const begunAtMs = Date.now();
    await expect(connect(recording.url(scheme, "localhost"), { tls })).rejects.toMatchObject({
      code: "Config",
      executed: "no",
      retryable: false,
      message: expect.stringMatching(says),
    });
    expect(Date.now() - begunAtMs).toBeLessThan(5_000);
    expect(recording.written).not.toMatch(/AMQP|guest/);
  });

  test("without TLS it is an error with a hint, and no password is sent", async () => {
    await using recording = await Recording.open(url);
    const plain = recording.url(scheme.replace("s:", ":"));
    await expect(connect(plain, { startTimeoutMs: 1_000 })).rejects.toThrow(/TLS port|does not speak AMQP/);
    expect(recording.written).not.toContain("guest");
  });

  test("the environment cannot switch the verification off", async () => {
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      await expect(connect(url, { tls: { ...mine, ca: strangers.cert } })).rejects.toMatchObject({
        code: "Config",
      });
    } finally {
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    }
  });

  test("a way to log in that the broker does not take is a Config error that names the option", async () => {
    await expect(
      connect(`${scheme}//localhost:${port}`, { tls: mine, sasl: "anonymous" }),
    ).rejects.toMatchObject({
      code: "Config",
      message: expect.stringContaining('see the option "sasl"'),
    });
  });
});
