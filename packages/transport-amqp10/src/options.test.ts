import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { amqp10 } from "./index.js";
import { readOptions } from "./options.js";

const LOCAL = "amqp10://127.0.0.1";

describe("wrong options are refused by name, and without their values", () => {
  const rows: readonly (readonly [string, object, RegExp])[] = [
    ["unknown", { url: LOCAL, heartbeat: 1 }, /unknown option "heartbeat"/],
    ["no url", {}, /option "url"/],
    ["no urls", { url: [] }, /option "url"/],
    ["another scheme", { url: "amqp://localhost" }, /option "url" must be a URL such as amqp10s:/],
    ["parameters in the url", { url: `${LOCAL}/?password=secret` }, /without parameters/],
    ["a second url", { url: [LOCAL, "secret"] }, /option "url\[1\]"/],
    ["idle timeout", { url: LOCAL, idleTimeoutMs: 0 }, /"idleTimeoutMs".*got 0/],
    ["unconfirmed", { url: LOCAL, maxUnconfirmed: 1.5 }, /"maxUnconfirmed".*got 1.5/],
    ["sasl", { url: LOCAL, sasl: "scram" }, /"sasl" must be one of plain, external, anonymous, got a text/],
    ["credentials", { url: LOCAL, credentials: { username: "a" } }, /"credentials"/],
    ["tls", { url: LOCAL, tls: { secret: 1 } }, /unknown option "secret"/],
    ["clock", { url: LOCAL, clock: {} }, /"clock"/],
  ];
  test.each(rows)("%s", (_, options, expected) => {
    expect(() => amqp10(options as never)).toThrow(expected);
    expect(() => amqp10(options as never)).toThrow(TypeError);
  });
});

describe("credentials", () => {
  test("guest is used on this machine only", () => {
    expect(() => amqp10({ url: "amqp10://broker.example" })).toThrow(
      /no credentials for broker.example:5672/,
    );
    expect(() => amqp10({ url: "amqp10://[::1]" })).not.toThrow();
    expect(() => amqp10({ url: "amqp10://user:pass@broker.example" })).not.toThrow();
  });

  test("anonymous has to be asked for, and excludes credentials", () => {
    expect(() => amqp10({ url: "amqp10://broker.example", sasl: "anonymous" })).not.toThrow();
    const url = "amqp10://user:pass@broker.example";
    expect(() => amqp10({ url, sasl: "anonymous" })).toThrow(/uses none/);
  });

  test("external needs TLS and a certificate", () => {
    expect(() => amqp10({ url: "amqp10s://broker.example", sasl: "external" })).toThrow(/client certificate/);
    const tls = { cert: "c", key: "k" };
    expect(() => amqp10({ url: "amqp10://broker.example", sasl: "external", tls })).toThrow(/amqp10s:/);
    expect(() => amqp10({ url: "amqp10s://broker.example", sasl: "external", tls })).not.toThrow();
  });

  test("secrets show up nowhere", () => {
    const url = "amqp10s://user:s3cret-url@broker.example:5671/v";
    const credentials = { username: "user", password: "s3cret-option" };
    const settings = readOptions({
      url,
      credentials,
      tls: { cert: "c", key: "s3cret-key", passphrase: "s3cret-phrase" },
    });
    const shown = inspect(settings, { depth: 10, showHidden: true }) + JSON.stringify(settings);
    expect(shown).not.toContain("s3cret");
    expect(inspect(amqp10({ url }), { depth: 10 })).not.toContain("s3cret");
  });
});

test("a URL says host, port, virtual host and credentials, percent-encoded", async () => {
  const [endpoint] = readOptions({ url: "amqp10s://us%65r:p%40ss@Broker.Example/my%2Fhost" }).endpoints;
  expect(endpoint).toMatchObject({ secure: true, host: "broker.example", port: 5671, vhost: "my/host" });
  expect(endpoint?.credentials).toEqual({ username: "user", password: "p@ss" });
  expect(readOptions({ url: LOCAL }).endpoints[0]?.vhost).toBeUndefined();
});

test("the defaults are what the documentation says", () => {
  expect(readOptions({ url: LOCAL })).toMatchObject({
    sasl: "plain",
    idleTimeoutMs: 10_000,
    connectTimeoutMs: 10_000,
    startTimeoutMs: 15_000,
    confirmTimeoutMs: 30_000,
    maxUnconfirmed: 10_000,
    maxMessageBytes: 16_777_216,
    connectionName: "porthos",
    inboxExpiryMs: undefined,
    queueMode: "declare",
  });
});

test("a new transport connects to nothing", () => {
  const transport = amqp10({ url: LOCAL });
  expect([transport.name, transport.state]).toEqual(["amqp10", "idle"]);
});
