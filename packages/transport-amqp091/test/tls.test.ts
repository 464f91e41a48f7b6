import { once } from "node:events";
import type { TlsOptions } from "node:tls";
import { Authority, Line } from "@porthos-rpc/brokers";
import { describeEachBroker } from "@porthos-rpc/brokers/vitest";
import { afterAll, expect, onTestFinished, test } from "vitest";
import type { Amqp091TlsOptions } from "../src/index.js";
import { open, opened, sent } from "./bench.js";

const authority = new Authority();
const stranger = new Authority();
afterAll(() => {
  authority[Symbol.dispose]();
  stranger[Symbol.dispose]();
});

describeEachBroker("amqp091", (broker) => {
  const { port, hostname } = new URL(broker.url("amqp091"));

  async function tlsLine(tls: TlsOptions): Promise<Line> {
    const line = await Line.open(broker.url("amqp091"), { tls });
    onTestFinished(() => line.close());
    return line;
  }

  test("a broker whose certificate an authority of ours signed is believed", async () => {
    const line = await tlsLine(authority.issue("DNS:localhost", "IP:127.0.0.1"));
    for (const host of ["localhost", "127.0.0.1"]) {
      const transport = await opened({ url: line.urlBy(host), tls: { ca: authority.cert } });
      expect(await sent(transport, "nobody", "x")).toEqual({ kind: "unroutable" });
      await transport.close();
    }
  });

  test.each<[string, Amqp091TlsOptions | undefined, string]>([
    ["that nobody we know signed", undefined, "localhost"],
    ["that a stranger signed", { ca: stranger.cert }, "localhost"],
    ["for another name", { ca: authority.cert }, "127.0.0.1"],
    ["for another name than servername", { ca: authority.cert, servername: "broker.example" }, "localhost"],
  ])("a certificate %s is a Config error, and the password is not sent", async (_, tls, host) => {
    const line = await tlsLine(authority.issue("DNS:localhost"));
    await expect(open({ url: line.urlBy(host), tls }).ready()).rejects.toMatchObject({
      code: "Config",
      message: expect.stringContaining("check the options under tls"),
    });
    expect(line.chunksToBroker).toBe(0);
  });

  test("a client certificate that is missing is a Config error; with it the broker lets us in", async () => {
    const server = authority.issue("DNS:localhost");
    const line = await tlsLine({
      ...server,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const url = line.urlBy("localhost");
    await expect(open({ url, tls: { ca: authority.cert } }).ready()).rejects.toMatchObject({
      code: "Config",
    });
    const { cert, key } = authority.issue("DNS:client");
    await opened({ url, tls: { ca: authority.cert, cert, key } });
  });

  test("amqps: to a port that speaks no TLS is a Config error", async () => {
    const url = `amqps://guest:guest@${hostname}:${port}`;
    await expect(open({ url }).ready()).rejects.toMatchObject({
      code: "Config",
      message: expect.stringContaining("does this port speak TLS?"),
    });
  });

  test("amqp: to a TLS port fails with a hint, and does not send the password in the clear", async () => {
    const line = await tlsLine(authority.issue("DNS:localhost"));
    const transport = open({ url: line.urlBy("localhost").replace("amqps", "amqp"), startTimeoutMs: 500 });
    await expect(transport.ready()).rejects.toThrow(/TLS port|does not speak AMQP/);
    expect(line.chunksToBroker).toBe(0);
  });

  test("insecure believes anyone, and warns", async () => {
    const line = await tlsLine(stranger.issue("DNS:elsewhere"));
    const warning = once(process, "warning");
    const transport = await opened({ url: line.urlBy("localhost"), tls: { insecure: true } });
    expect(await sent(transport, "nobody", "x")).toEqual({ kind: "unroutable" });
    expect((await warning)[0]).toMatchObject({ code: "PORTHOS_OPEN_LINE" });
  });
});
