import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { Authority } from "@porthos-rpc/brokers";
import { RpcError, type Transport } from "@porthos-rpc/protocol";
import rhea from "rhea";
import { afterAll, afterEach, expect, test } from "vitest";
import { type Amqp10Options, amqp10 } from "../src/index.js";

const authority = new Authority();
const stranger = new Authority();
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(() => {
  authority[Symbol.dispose]();
  stranger[Symbol.dispose]();
});

/** What plays a broker behind TLS: it lets in whoever the handshake lets through. */
async function peer(options: TlsOptions): Promise<{ url(host: string): string; heard(): number }> {
  let heard = 0;
  const container = rhea.create_container({ id: "broker" });
  for (const event of ["error", "disconnected", "connection_close"]) container.on(event, () => {});
  const mechanisms = container.sasl_server_mechanisms as unknown as {
    enable_plain(check: () => boolean): void;
    EXTERNAL: () => object;
  };
  mechanisms.enable_plain(() => true);
  const server = createServer(options, (socket: TLSSocket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heard += bytes.length;
    });
    const limits = {
      reconnect: false,
      enable_sasl_external: true,
      offered_capabilities: ["ANONYMOUS-RELAY"],
    };
    const connection = container.create_connection({ ...limits, properties: { product: "Peer" } } as never);
    (connection as unknown as { accept(socket: TLSSocket): void }).accept(socket);
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: (host) => `amqp10s://${host}:${port}`, heard: () => heard };
}

function open(options: Amqp10Options): Transport {
  const transport = amqp10(options);
  closing.unshift(() => transport.close());
  transport.acquire();
  return transport;
}

const WITH_PASSWORD = { credentials: { username: "user", password: "s3cret" } };

test("a broker whose certificate an authority of ours signed is believed, by name and by address", async () => {
  const broker = await peer(authority.issue("DNS:localhost", "IP:127.0.0.1"));
  for (const host of ["localhost", "127.0.0.1"]) {
    await open({ url: broker.url(host), tls: { ca: authority.cert }, ...WITH_PASSWORD }).ready();
  }
});

test.each<[string, Amqp10Options["tls"], string]>([
  ["that nobody we know signed", undefined, "localhost"],
  ["that a stranger signed", { ca: stranger.cert }, "localhost"],
  ["for another name", { ca: authority.cert }, "127.0.0.1"],
  ["for another name than servername", { ca: authority.cert, servername: "broker.example" }, "localhost"],
])("a certificate %s is a Config error, and the password is not sent", async (_, tls, host) => {
  const broker = await peer(authority.issue("DNS:localhost"));
  const failed = open({ url: broker.url(host), tls, ...WITH_PASSWORD }).ready();
  const error = await failed.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RpcError);
  expect(error).toMatchObject({
    code: "Config",
    message: expect.stringContaining("check the options under tls"),
  });
  expect(broker.heard()).toBe(0);
});

test("insecure believes anybody, if it is asked for", async () => {
  const broker = await peer(stranger.issue("DNS:elsewhere"));
  await open({ url: broker.url("localhost"), tls: { insecure: true }, ...WITH_PASSWORD }).ready();
});

test("sasl external proves itself with the client certificate, and sends no password", async () => {
  const server = { ...authority.issue("DNS:localhost"), ca: authority.cert };
  const broker = await peer({ ...server, requestCert: true, rejectUnauthorized: true });
  const url = broker.url("localhost");
  const { cert, key } = authority.issue("DNS:client");
  await open({ url, sasl: "external", tls: { ca: authority.cert, cert, key } }).ready();
  await expect(open({ url, tls: { ca: authority.cert }, ...WITH_PASSWORD }).ready()).rejects.toMatchObject({
    code: "Config",
  });
});
