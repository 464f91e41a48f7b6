import { inspect } from "node:util";
import { systemClock } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, test } from "vitest";
import { amqp091 } from "./index.js";
import { type Amqp091Options, readOptions } from "./options.js";

const URL_OF_BOB = "amqp://bob:s3cret-p%40ss@broker.example:5673/orders";

describe("readOptions", () => {
  test("a URL is all it needs", () => {
    const settings = readOptions({ url: "amqp://localhost" });
    expect(settings.endpoints[0]).toMatchObject({
      secure: false,
      host: "localhost",
      port: 5672,
      vhost: undefined,
    });
    expect(settings).toMatchObject({
      heartbeatSeconds: 10,
      connectTimeoutMs: 10_000,
      startTimeoutMs: 15_000,
      confirmTimeoutMs: 30_000,
      maxUnconfirmed: 10_000,
      maxMessageBytes: 16_777_216,
      connectionName: "porthos",
      queueMode: "declare",
    });
  });

  test("a URL names host, port, virtual host and credentials", async () => {
    const { endpoints, credentials } = readOptions({ url: [URL_OF_BOB, "amqps://bob:x@[::1]/%2F"] });
    expect(endpoints[0]).toMatchObject({
      host: "broker.example",
      port: 5673,
      vhost: "orders",
      label: "broker.example:5673",
    });
    expect(endpoints[1]).toMatchObject({
      secure: true,
      host: "::1",
      port: 5671,
      vhost: "/",
      label: "[::1]:5671",
    });
    expect(await credentials.resolve(endpoints[0]?.credentials, systemClock)).toEqual({
      username: "bob",
      password: "s3cret-p@ss",
    });
  });

  test("credentials override those of the URL", async () => {
    const given = { username: "eve", password: "x" };
    const { endpoints, credentials } = readOptions({ url: URL_OF_BOB, credentials: given });
    expect(await credentials.resolve(endpoints[0]?.credentials, systemClock)).toEqual(given);
  });

  test("a credentials function is asked each time, and may fail", async () => {
    let calls = 0;
    const { credentials } = readOptions({
      url: URL_OF_BOB,
      credentials: async () => {
        if (++calls === 2) throw new Error("vault is sealed");
        return { username: "token", password: String(calls) };
      },
    });
    expect(await credentials.resolve(undefined, systemClock)).toEqual({ username: "token", password: "1" });
    await expect(credentials.resolve(undefined, systemClock)).rejects.toMatchObject({
      code: "Unavailable",
      executed: "no",
    });
    expect(await credentials.resolve(undefined, systemClock)).toEqual({ username: "token", password: "3" });
  });

  test("a credentials function that resolves to something else is a Config error", async () => {
    const credentials = (async () => "token") as unknown as NonNullable<Amqp091Options["credentials"]>;
    const settings = readOptions({ url: URL_OF_BOB, credentials });
    await expect(settings.credentials.resolve(undefined, systemClock)).rejects.toMatchObject({
      code: "Config",
    });
  });

  test("credentials that say when they end are taken until then, and what they say must be a date", async () => {
    const clock = new ManualClock();
    const given = (expiresAt: unknown) =>
      readOptions({
        url: URL_OF_BOB,
        credentials: async () => ({ username: "token", password: "t0ken", expiresAt: expiresAt as Date }),
      }).credentials.resolve(undefined, clock);
    const later = new Date(clock.epochMs() + 1);
    expect(await given(later)).toEqual({ username: "token", password: "t0ken", expiresAt: later });
    await expect(given(new Date(clock.epochMs()))).rejects.toMatchObject({
      code: "Config",
      message: expect.stringContaining("it must fetch new ones each time it is asked"),
    });
    for (const wrong of [new Date("soon"), 1_800_000_000, "2027-01-01"]) {
      await expect(given(wrong)).rejects.toMatchObject({
        code: "Config",
        message: expect.stringContaining("must be a valid Date"),
      });
    }
  });

  test("credentials that end must come from a function, which can be asked for the next", () => {
    const credentials = { username: "token", password: "t0ken", expiresAt: new Date() };
    expect(() => readOptions({ url: URL_OF_BOB, credentials })).toThrow(
      /option "credentials" must be a function if they have an expiresAt/,
    );
  });

  test.each(["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "LOCALHOST"])(
    "guest is used on %s",
    async (host) => {
      const { credentials } = readOptions({ url: `amqp://${host}` });
      expect(await credentials.resolve(undefined, systemClock)).toEqual({
        username: "guest",
        password: "guest",
      });
    },
  );

  test.each(["amqp://broker.example", "amqps://10.0.0.1", "amqp://127.evil.example"])(
    "%s without credentials is refused, with what to do",
    (url) => {
      expect(() => readOptions({ url })).toThrow(
        /no credentials for .*put them into the URL .* or the option "credentials"/,
      );
    },
  );

  test.each([
    ["localhost:5672", "with amqp: or amqps: at its beginning"],
    ["amqp10://localhost", "with amqp: or amqps: at its beginning"],
    ["amqp:localhost", "with // after amqp:"],
    ["amqp://", "with a host"],
    ["amqp://bob:x@", "with a host"],
    ["amqp://bob:x@:5672", "with a host"],
    ["amqp://localhost:0", "with a port from 1 to 65535"],
    ["amqp://localhost:99999", "with a port from 1 to 65535"],
    ["amqp://[::1]:amqp", "with a port from 1 to 65535"],
    ["amqp://bob:pass/word@host", "with a port from 1 to 65535 (a password's / ? # @ are written as %2F"],
    ["amqp://a b", "with a host's name or address"],
  ])("%s is refused, and which part of it is wrong is said", (url, flaw) => {
    const message = `amqp091(): option "url" must be a URL such as amqps://user:password@host:5671/vhost, ${flaw}`;
    expect(() => readOptions({ url })).toThrow(message);
  });

  test("a % that stands for itself is refused, with what to write", () => {
    expect(() => readOptions({ url: "amqp://bob:50%@host" })).toThrow(
      'option "url" must be a URL whose parts are percent-encoded (a % itself is %25), got a text',
    );
  });

  test.each<[string, unknown]>([
    ["url", undefined],
    ["url", []],
    ["url", "http://localhost"],
    ["url", "localhost:5672"],
    ["url", "amqp://localhost?heartbeat=5"],
    ["url", "amqp://localhost#x"],
    ["url", `amqp://localhost/${"v".repeat(256)}`],
    ["url", "amqp://bob:%zz@localhost"],
    ["url", ["amqp://localhost", 5]],
    ["credentials", "bob"],
    ["credentials", { username: "", password: "x" }],
    ["credentials", { username: "bob" }],
    ["tls", "yes"],
    ["tls", { insecure: "yes" }],
    ["tls", { ca: 7 }],
    ["tls", { passphrase: 7 }],
    ["tls", { rejectUnauthorized: false }],
    ["heartbeatSeconds", 0],
    ["heartbeatSeconds", 3_601],
    ["heartbeatSeconds", 1.5],
    ["connectTimeoutMs", 0],
    ["startTimeoutMs", -1],
    ["confirmTimeoutMs", "soon"],
    ["maxUnconfirmed", 0],
    ["maxMessageBytes", 536_870_913],
    ["connectionName", ""],
    ["connectionName", "n".repeat(201)],
    ["inboxExpiryMs", 999],
    ["inboxExpiryMs", 3_600_001],
    ["queueMode", "active"],
    ["prefetch", 10],
  ])("%s that is wrong is a TypeError that names it (%#)", (name, value) => {
    const options = { url: "amqp://localhost", [name]: value } as Amqp091Options;
    expect(() => readOptions(options)).toThrow(TypeError);
    expect(() => readOptions(options)).toThrow(name.startsWith("tls") ? /tls/ : name);
  });
});

describe("secrets", () => {
  const SECRET = "s3cret";
  const bad: unknown[] = [
    { url: `http://bob:${SECRET}@host` },
    { url: `amqp://bob:${SECRET}?x@host` },
    { url: `amqp://bob:${SECRET}#x@host` },
    { url: `amqp://bob:${SECRET}%zz@host` },
    { url: `amqp://bob:${SECRET}@host:99999` },
    { url: `amqp://bob:${SECRET}@` },
    { url: `amqp://${SECRET}@host/${"v".repeat(300)}` },
    { url: "amqp://host", credentials: SECRET },
    { url: "amqp://host", credentials: { username: SECRET } },
    { url: "amqps://a:b@host", tls: { passphrase: 1, key: SECRET } },
    { url: "amqps://a:b@host", tls: { insecure: SECRET } },
  ];

  test.each(bad)("no error of a wrong option shows one (%#)", (options) => {
    try {
      readOptions(options as Amqp091Options);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(SECRET);
    }
  });

  test("nothing that prints a transport or its settings shows one", () => {
    const options: Amqp091Options = {
      url: `amqps://bob:${SECRET}@broker.example`,
      credentials: { username: "bob", password: SECRET },
      tls: { cert: "c", key: SECRET, passphrase: SECRET },
    };
    for (const object of [amqp091(options), readOptions(options)]) {
      expect(inspect(object, { depth: Infinity, showHidden: true })).not.toContain(SECRET);
      expect(JSON.stringify(object)).not.toContain(SECRET);
    }
  });
});
