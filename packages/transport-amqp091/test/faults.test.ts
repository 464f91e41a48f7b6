import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { inspect, promisify } from "node:util";
import { type Broker, Line, startRabbit } from "@porthos-rpc/brokers";
import type { Delivery, Message, RpcError } from "@porthos-rpc/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Amqp091Options } from "../src/index.js";
import {
  Arrivals,
  consume,
  message,
  next,
  open,
  opened,
  peer,
  published,
  queueName,
  replied,
  sent,
  text,
} from "./bench.js";

/** A broker of its own, to be killed, blocked and given users. */
let broker: Broker;
let url: string;

beforeAll(async () => {
  broker = await startRabbit({ name: "faults091", config: ["max_message_size = 65536"] });
  url = broker.url("amqp091");
});
afterAll(() => broker.remove());

/** The broker's URL with other parts. */
function urlWith(parts: { user?: string; password?: string; vhost?: string }): string {
  const changed = new URL(url);
  changed.username = parts.user ?? "guest";
  changed.password = parts.password ?? "guest";
  changed.pathname = parts.vhost === undefined ? "" : `/${parts.vhost}`;
  return changed.href;
}

async function until(transport: ReturnType<typeof open>, state: string): Promise<void> {
  while (transport.state !== state) await next(transport, state === "up" ? "up" : "down");
}

describe("starting", () => {
  test("a wrong password is a Config error at once, and is not tried again", async () => {
    const transport = open({ url: urlWith({ user: "guest", password: "s3cret" }) });
    const error = await transport.ready().catch((reason: unknown) => reason as RpcError);
    expect(error).toMatchObject({ code: "Config", retryable: false, executed: "no" });
    expect((error as RpcError).message).toMatch(/refused the credentials; check user name and password/);
    expect(transport.state).toBe("idle");
  });

  test("a virtual host that does not exist is a Config error that names it", async () => {
    const transport = open({ url: urlWith({ vhost: "nowhere" }) });
    await expect(transport.ready()).rejects.toMatchObject({
      code: "Config",
      message: expect.stringContaining('"nowhere"'),
    });
  });

  test("a wrong password of the receiving connection alone fails openInbox and consume, not sending", async () => {
    let asked = 0;
    const credentials = async () => ({ username: "guest", password: asked++ === 0 ? "guest" : "wrong" });
    const transport = await opened({ url, credentials });
    await expect(transport.openInbox({ onMessage: () => {} })).rejects.toMatchObject({ code: "Config" });
    await expect(consume(transport, queueName(url))).rejects.toMatchObject({ code: "Config" });
    expect(await sent(transport, "nobody", "x")).toEqual({ kind: "unroutable" });
  });

  test("a broker that is not there is Unavailable after the start's budget, with the reason", async () => {
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = free.address() as { port: number };
    free.close();
    const transport = open({ url: `amqp://127.0.0.1:${port}`, startTimeoutMs: 300 });
    await expect(transport.ready()).rejects.toMatchObject({
      code: "Unavailable",
      executed: "no",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test("a broker that takes the connection and stays silent is given up after connectTimeoutMs; the next is tried", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    const transport = await opened({ url: [`amqp://127.0.0.1:${port}`, url], connectTimeoutMs: 200 });
    expect(await sent(transport, "nobody", "x")).toEqual({ kind: "unroutable" });
    await transport.close();
    silent.close();
  });

  test("a port that speaks something else is a Config error after the second try", async () => {
    const http = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(
      0,
      "127.0.0.1",
    );
    await once(http, "listening");
    const { port } = http.address() as { port: number };
    const transport = open({ url: `amqp://127.0.0.1:${port}`, startTimeoutMs: 3_000 });
    await expect(transport.ready()).rejects.toMatchObject({
      code: expect.stringMatching(/Config|Unavailable/),
    });
    http.close();
  });
});

test("no error, event or printed object of a transport that fails shows a secret", async () => {
  const SECRET = "s3cret-p4ss";
  await broker.ctl("add_user", "bob", SECRET);
  await broker.ctl("set_permissions", "bob", "^$", "^amq\\.default$", "^$");
  await using line = await Line.open(urlWith({ user: "bob", password: SECRET }));
  const elsewhere = { startTimeoutMs: 200, connectTimeoutMs: 100 };
  const failing: Amqp091Options[] = [
    { url: urlWith({ user: "bob", password: `${SECRET}!` }) },
    { url: urlWith({ user: "bob", password: SECRET, vhost: "nowhere" }) },
    { url: line.url.replace("amqp:", "amqps:") },
    { url: `amqp://bob:${SECRET}@127.0.0.1:1`, ...elsewhere },
    { url: `amqp://bob:${SECRET}@no-such-host.invalid`, ...elsewhere },
    { url, credentials: async () => ({ username: "bob", password: SECRET }) },
    { url, credentials: { username: "bob", password: `${SECRET}?` } },
  ];
  const shown: unknown[] = [];
  const note = (reason: unknown): void => void shown.push(reason);
  process.on("warning", note);
  const fail = async (options: Amqp091Options): Promise<void> => {
    const transport = open(options);
    for (const event of ["up", "down", "blocked", "returned", "degraded", "quarantined"] as const) {
      transport.on(event, note);
    }
    await transport.ready().catch(note);
    shown.push(transport);
    await consume(transport, "forbidden").catch(note);
    const inbox = transport
      .openInbox({ onMessage: () => {}, onLost: (_, reason) => note(reason) })
      .catch(note);
    const subscription = transport.subscribe("forbidden", () => {}).catch(note);
    shown.push(await published(transport, "forbidden", "x"), await sent(transport, "nobody", "x"));
    await transport.close();
    await Promise.all([inbox, subscription]);
  };
  await Promise.all(failing.map(fail));
  const transport = await opened({ url: line.url });
  const down = next(transport, "down");
  line.freeze();
  const lost = sent(transport, "nobody", "x");
  line.cut();
  shown.push(await down, await lost, transport);
  await transport.close();
  process.off("warning", note);
  expect(shown.length).toBeGreaterThan(40);
  for (const each of shown) {
    expect(inspect(each, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(SECRET);
    expect(JSON.stringify(each)).not.toContain(SECRET);
  }
});

describe("permissions", () => {
  beforeAll(async () => {
    await broker.ctl("add_user", "reader", "reader");
    await broker.ctl("set_permissions", "reader", "^amq\\.gen-", "^(amq\\.gen-.*|amq\\.default)$", ".*");
  });

  test("a user who may not declare consumes a queue that is there, and is told of the fallback", async () => {
    const queue = queueName(url);
    const { channel } = await peer(url);
    await channel.assertQueue(queue);
    const transport = await opened({ url: urlWith({ user: "reader", password: "reader" }) });
    const degraded = next(transport, "degraded");
    const deliveries = await consume(transport, queue);
    expect((await degraded).reason).toMatchObject({ code: "Config" });
    channel.sendToQueue(queue, Buffer.from("x"));
    expect(text((await deliveries.next()).message)).toBe("x");
  });

  test("a user who may not declare a queue that is missing is told which permission", async () => {
    const queue = queueName(url);
    const transport = await opened({ url: urlWith({ user: "reader", password: "reader" }) });
    await expect(consume(transport, queue)).rejects.toMatchObject({
      code: "Config",
      message: expect.stringContaining(queue),
    });
  });

  test("the permissions that the README names for a service are all it needs, and it needs them", async () => {
    const queue = queueName(url);
    await broker.ctl("add_user", "service", "service");
    const configure = `^(${queue}|amq\\.gen-.*)$`;
    const [write, read] = [
      "^(amq\\.default|amq\\.direct|amq\\.gen-.*)$",
      `^(${queue}|amq\\.direct|amq\\.gen-.*)$`,
    ];
    await broker.ctl("set_permissions", "service", configure, write, read);
    const transport = await opened({ url: urlWith({ user: "service", password: "service" }) });
    const deliveries = await consume(transport, queue);
    const heard = new Arrivals<Message>();
    const inbox = await transport.openInbox({ onMessage: heard.add });
    await transport.subscribe("news", heard.add);
    expect(await sent(transport, queue, message({ replyTo: inbox.address }))).toEqual({ kind: "accepted" });
    const { message: request } = await deliveries.next();
    expect(await replied(transport, request.replyTo as string, "reply")).toEqual({ kind: "accepted" });
    expect(await published(transport, "news", "topic")).toEqual({ kind: "accepted" });
    expect([text(await heard.next()), text(await heard.next())].sort()).toEqual(["reply", "topic"]);
    await expect(consume(transport, `${queue}-other`)).rejects.toMatchObject({ code: "Config" });
  });

  test("a subscription that may not be bound leaves no queue behind, however often it is tried", async () => {
    await broker.ctl("add_user", "deaf", "deaf");
    await broker.ctl("set_permissions", "deaf", "^amq\\.gen-", "^amq\\.gen-", "^amq\\.gen-");
    const transport = await opened({ url: urlWith({ user: "deaf", password: "deaf" }) });
    for (let time = 0; time < 3; time++)
      await expect(transport.subscribe("t", () => {})).rejects.toMatchObject({ code: "Config" });
    const mine = (await broker.ctl("list_queues", "--silent", "name", "owner_pid")).match(/amq\.gen-/g) ?? [];
    expect(mine).toEqual([]);
    await transport.close();
  });

  test("a user who may not publish to topics loses no request over it", async () => {
    const transport = await opened({ url: urlWith({ user: "reader", password: "reader" }) });
    const degraded = next(transport, "degraded");
    let downs = 0;
    transport.on("down", () => downs++);
    const outcomes = [
      sent(transport, "nobody", "a"),
      published(transport, "t", "x"),
      sent(transport, "nobody", "b"),
    ];
    const [a, topic, b] = await Promise.all(outcomes);
    expect([a, b]).toEqual([{ kind: "unroutable" }, { kind: "unroutable" }]);
    expect(topic).toMatchObject({ kind: "unknown", error: { code: "Config" } });
    expect((await degraded).what).toBe("publishing to topics");
    expect(downs).toBe(0);
  });
});

test("a message above the broker's own limit is TooLarge; it learns the limit, and loses nothing it has not written", async () => {
  const transport = await opened({ url });
  const large = message({ body: new Uint8Array(65_537) });
  const before = sent(transport, "nobody", "before");
  expect(await before).toEqual({ kind: "unroutable" });
  const [first, after] = await Promise.all([
    sent(transport, "nobody", large),
    sent(transport, "nobody", "after"),
  ]);
  expect(first).toMatchObject({ kind: "refused", error: { code: "TooLarge", executed: "no" } });
  expect(after).toEqual({ kind: "unsent" });
  await until(transport, "up");
  expect(await sent(transport, "nobody", large)).toMatchObject({
    kind: "refused",
    error: { code: "TooLarge" },
  });
  expect(await sent(transport, "nobody", "again")).toEqual({ kind: "unroutable" });
});

test("a consumer whose channel the broker closes is opened again, alone; settling what it had harms nothing", async () => {
  const setTimes = (timeoutMs: number, tickMs: number): Promise<string> => {
    const set = (name: string, value: number): string => `application:set_env(rabbit, ${name}, ${value})`;
    return broker.ctl(
      "eval",
      `${set("consumer_timeout", timeoutMs)}, ${set("channel_tick_interval", tickMs)}.`,
    );
  };
  await setTimes(1_000, 500);
  try {
    const transport = await opened({ url });
    const [slow, other] = [queueName(url), queueName(url)];
    const told = new Arrivals<RpcError>();
    const deliveries = new Arrivals<Delivery>();
    await transport.consume(slow, { credit: 1, onDegraded: told.add }, deliveries.add);
    const inbox = await transport.openInbox({ onMessage: () => {} });
    const others = await consume(transport, other);
    await sent(transport, slow, "slow");
    const late = await deliveries.next();
    expect((await told.next()).message).toMatch(/timeout|timed out/);
    const again = await deliveries.next();
    late.accept();
    again.accept();
    await sent(transport, slow, "next");
    const last = await deliveries.next();
    expect([text(again.message), again.redelivered, text(last.message)]).toEqual(["slow", true, "next"]);
    last.accept();
    await sent(transport, other, "other");
    expect(text((await others.next()).message)).toBe("other");
    expect(inbox.epoch).toBe(1);
    await transport.close();
  } finally {
    await setTimes(1_800_000, 60_000);
  }
});

test("a connection that is dead without a word is noticed within two heartbeats and a second", async () => {
  await using line = await Line.open(url);
  const transport = await opened({ url: line.url, heartbeatSeconds: 1 });
  const inbox = await transport.openInbox({ onMessage: () => {} });
  const down = next(transport, "down");
  const since = performance.now();
  line.freeze();
  const lost = await Promise.all([sent(transport, "nobody", "x"), down]);
  expect(performance.now() - since).toBeLessThan(3_500);
  expect(lost[0]).toMatchObject({ kind: "unknown", error: { code: "Unavailable", executed: "maybe" } });
  line.thaw();
  line.cut();
  await until(transport, "up");
  expect(await sent(transport, "nobody", "x")).toEqual({ kind: "unroutable" });
  await inbox.close();
  await transport.close();
});

describe("a broker that blocks its publishers", () => {
  test("is told; sends wait within the bound and are then refused; consuming goes on; close() returns", async () => {
    const transport = await opened({ url, maxUnconfirmed: 2 });
    const queue = queueName(url);
    const deliveries = await consume(transport, queue);
    for (const body of ["a", "b"]) await sent(transport, queue, body);
    const blocked = next(transport, "blocked");
    await broker.ctl("set_vm_memory_high_watermark", "absolute", "1MB");
    const held = [sent(transport, queue, "c"), sent(transport, queue, "d")];
    expect(await blocked).toMatchObject({ blocked: true, reason: expect.stringContaining("memory") });
    expect(await sent(transport, queue, "e")).toMatchObject({
      kind: "refused",
      error: { code: "Overloaded" },
    });
    for (const body of ["a", "b"]) {
      const delivery = await deliveries.next();
      expect(text(delivery.message)).toBe(body);
      delivery.accept();
    }
    const unblocked = next(transport, "blocked");
    await broker.ctl("set_vm_memory_high_watermark", "0.4");
    expect(await unblocked).toEqual({ blocked: false, reason: "" });
    expect(await Promise.all(held)).toEqual([{ kind: "accepted" }, { kind: "accepted" }]);
  });

  test("does not keep close() from returning; what it held back is unknown", async () => {
    const transport = await opened({ url });
    const blocked = next(transport, "blocked");
    await broker.ctl("set_vm_memory_high_watermark", "absolute", "1MB");
    const held = sent(transport, "nobody", "x");
    await blocked;
    const since = performance.now();
    await transport.close();
    expect(performance.now() - since).toBeLessThan(8_000);
    expect(await held).toMatchObject({ kind: "unknown" });
    await broker.ctl("set_vm_memory_high_watermark", "0.4");
  });
});

describe.each([
  ["restarts", () => broker.stop()],
  ["is killed", () => broker.kill()],
] as const)("a broker that %s", (_, end) => {
  test("comes back: consumers, inboxes and subscriptions are restored, and what was lost is told", async () => {
    const transport = await opened({ url, startTimeoutMs: 60_000 });
    const queue = queueName(url);
    const deliveries = new Arrivals<Delivery>();
    const opens = new Arrivals<string>();
    const losses = new Arrivals<number>();
    const replies = new Arrivals<Message>();
    const heard = new Arrivals<Message>();
    await transport.consume(queue, { credit: 10 }, deliveries.add);
    const inbox = await transport.openInbox({
      onMessage: replies.add,
      onOpen: (address) => opens.add(address),
      onLost: (epoch) => losses.add(epoch),
    });
    await transport.subscribe("news", heard.add);
    const first = await opens.next();
    await sent(transport, queue, message({ body: new TextEncoder().encode("kept"), durable: true }));
    await deliveries.next();
    const down = next(transport, "down");
    const up = next(transport, "up");
    await end();
    expect((await down).reason).toMatchObject({ code: "Unavailable" });
    expect(await losses.next()).toBe(1);
    expect(await sent(transport, queue, "meanwhile")).toEqual({ kind: "unsent" });
    await broker.start();
    expect(await up).toEqual({ epoch: 2 });
    const again = await deliveries.next();
    expect([text(again.message), again.redelivered]).toEqual(["kept", true]);
    again.accept();
    const second = await opens.next();
    expect(second).not.toBe(first);
    expect([inbox.address, inbox.epoch]).toEqual([second, 2]);
    await new Promise((resolve) => transport.reply(second, message("pong"), { onOutcome: resolve }));
    expect(text(await replies.next())).toBe("pong");
    // The subscription comes back on its own time; what is published before is lost.
    while (heard.all.length === 0) await published(transport, "news", "hello");
    expect(text(await heard.next())).toBe("hello");
  }, 60_000);
});

describe("a program that has closed its ends", () => {
  test.each(["close", "release", "close while connecting", "close after a wrong password"])(
    "exits by itself, with no handle left: %s",
    async (how) => {
      const program = fileURLToPath(new URL("programs/exits.ts", import.meta.url));
      const args = ["--import", "tsx", "-C", "porthos-source", program, url, how];
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 15_000 });
      expect(stdout).toBe("handles: none\n");
    },
  );
});
