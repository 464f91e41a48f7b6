import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { Authority } from "./authority.js";
import { Line } from "./line.js";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** One end of a connection, and what it has heard. */
class End {
  readonly socket: Socket;
  /** How it was told of the end, if it was. */
  end: "goodbye" | "reset" | undefined;
  readonly pieces: string[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => this.pieces.push(bytes.toString()));
    socket.on("end", () => {
      this.end ??= "goodbye";
    });
    socket.on("error", () => {
      this.end ??= "reset";
    });
  }

  get text(): string {
    return this.pieces.join("");
  }

  say(text: string): void {
    this.socket.write(text);
  }
}

/** A line to a plain server, with one connection through it. */
async function stage(
  prepare: (line: Line) => void = () => {},
): Promise<{ line: Line; client: End; broker: End; server: Server }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  // Also of connections that a test makes besides: the line's end resets what is open yet.
  server.on("connection", (socket) => socket.on("error", () => {}));
  const line = await Line.open(`amqp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  closing.push(() => line.close());
  prepare(line);
  const joined = once(server, "connection");
  const client = new End(connect({ port: line.port, host: "127.0.0.1", allowHalfOpen: true }));
  const [socket] = (await joined) as [Socket];
  const broker = new End(socket);
  closing.push(() => {
    client.socket.destroy();
    socket.destroy();
  });
  return { line, client, broker, server };
}

/** Long enough for what passes to have passed. */
function aWhile(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

async function timed(since: () => void, until: () => unknown, value: unknown): Promise<number> {
  const startedMs = performance.now();
  since();
  await expect.poll(until, { interval: 2, timeout: 5_000 }).toEqual(value);
  return performance.now() - startedMs;
}

describe("a line that nothing ails", () => {
  test("passes bytes both ways, and each side's goodbye by itself", async () => {
    const { line, client, broker } = await stage();
    client.say("question");
    await expect.poll(() => broker.text).toBe("question");
    client.socket.end();
    await expect.poll(() => broker.end).toBe("goodbye");
    broker.say("answer");
    await expect.poll(() => client.text).toBe("answer");
    expect(line.connections).toBe(1);
    broker.socket.end();
    await expect.poll(() => client.end).toBe("goodbye");
    await expect.poll(() => line.connections).toBe(0);
  });

  test("passes a reset as a reset", async () => {
    const { client, broker } = await stage();
    client.socket.resetAndDestroy();
    await expect.poll(() => broker.end).toBe("reset");
  });

  test("holds back who sends faster than the other side reads", async () => {
    const { client, broker } = await stage();
    broker.socket.pause();
    for (let i = 0; i < 200; i++) client.say("x".repeat(100_000));
    await aWhile();
    expect(client.socket.writableLength).toBeGreaterThan(1_000_000);
    broker.socket.resume();
    await expect.poll(() => broker.text.length, { timeout: 5_000 }).toBe(20_000_000);
  });
});

describe("freeze", () => {
  test("keeps everything from passing, ends too, and tells nobody; thaw lets it go on", async () => {
    const { line, client, broker } = await stage();
    line.freeze();
    client.say("a");
    broker.say("b");
    client.socket.end();
    await aWhile();
    expect([broker.text, client.text, broker.end]).toEqual(["", "", undefined]);
    line.thaw();
    await expect.poll(() => [broker.text, client.text, broker.end]).toEqual(["a", "b", "goodbye"]);
  });

  test.each(["toBroker", "toClient"] as const)("of one way leaves the other alone: %s", async (way) => {
    const { line, client, broker } = await stage();
    const [mute, heard] = way === "toBroker" ? [client, broker] : [broker, client];
    line.freeze(way);
    mute.say("lost");
    heard.say("heard");
    await expect.poll(() => mute.text).toBe("heard");
    // Its own system refuses what comes now, and even that stays unknown to the other side.
    mute.socket.destroy();
    heard.say("into the void");
    heard.say("and again");
    await aWhile();
    expect([heard.text, heard.end]).toEqual(["", undefined]);
    line.thaw();
    await expect.poll(() => heard.end).toBeDefined();
  });

  test("before a connection: it is taken, and nobody speaks", async () => {
    const { client, broker } = await stage((line) => line.freeze());
    client.say("hello?");
    broker.say("hello?");
    await aWhile();
    expect([client.socket.readyState, client.text, broker.text]).toEqual(["open", "", ""]);
  });
});

describe("impair", () => {
  test("latency delays each way by itself, and keeps the order in spite of jitter", async () => {
    const { line, client, broker } = await stage();
    line.impair({ latencyMs: 100, jitterMs: 50 }, "toBroker");
    const words = Array.from({ length: 50 }, (_, index) => `${index} `);
    const sayAll = async (): Promise<void> => {
      for (const word of words) {
        client.say(word);
        await new Promise(setImmediate);
      }
    };
    const tookMs = await timed(
      () => void sayAll(),
      () => broker.text,
      words.join(""),
    );
    expect(tookMs).toBeGreaterThan(50);
    expect(
      await timed(
        () => broker.say("back"),
        () => client.text,
        "back",
      ),
    ).toBeLessThan(50);
  });

  test("bandwidth makes bytes take their time, a little at a time", async () => {
    const { line, client, broker } = await stage();
    line.impair({ bytesPerSecond: 100_000 });
    const text = "x".repeat(30_000);
    const tookMs = await timed(
      () => client.say(text),
      () => broker.text.length,
      text.length,
    );
    expect(tookMs).toBeGreaterThan(290);
    expect(tookMs).toBeLessThan(600);
    expect(broker.pieces.length).toBeGreaterThan(3);
  });

  test("slices arrive one by one", async () => {
    const { line, client, broker } = await stage();
    line.impair({ sliceBytes: 1 }, "toBroker");
    client.say("abc");
    client.say("def");
    await expect.poll(() => broker.text).toBe("abcdef");
    expect(broker.pieces.length).toBeGreaterThan(3);
  });

  test("a limit ends the connection to both sides after exactly so many bytes, each new one after as many", async () => {
    const { line, client, broker } = await stage();
    client.say("before");
    await expect.poll(() => broker.text).toBe("before");
    line.impair({ endAfterBytes: 4 }, "toBroker");
    client.say("in the middle");
    await expect.poll(() => [broker.end, client.end]).toEqual(["goodbye", "goodbye"]);
    expect(broker.text).toBe("beforein t");
  });

  test("a reset may come in the middle of what is said", async () => {
    const { line, client, broker } = await stage();
    line.impair({ resetAfterBytes: 4 }, "toClient");
    broker.say("in the middle");
    await expect.poll(() => [broker.end, client.end]).toEqual(["reset", "reset"]);
    expect(client.text).toBe("in t");
  });

  test("an end that is never passed leaves the other side half-open, until the line is itself again", async () => {
    const { line, client, broker } = await stage();
    line.impair({ endDelayMs: Number.POSITIVE_INFINITY }, "toBroker");
    client.say("last words");
    client.socket.end();
    await expect.poll(() => broker.text).toBe("last words");
    broker.say("still there?");
    await expect.poll(() => client.text).toBe("still there?");
    expect(broker.end).toBeUndefined();
    line.impair({});
    await expect.poll(() => broker.end).toBe("goodbye");
  });

  test("an end may be slow", async () => {
    const { line, client, broker } = await stage();
    line.impair({ endDelayMs: 100 });
    const tookMs = await timed(
      () => client.socket.end("bye"),
      () => broker.end,
      "goodbye",
    );
    expect(tookMs).toBeGreaterThan(95);
  });
});

test("refuse and accept: the broker is away, and comes back on the same port", async () => {
  const { line, client, broker } = await stage();
  const { port } = line;
  await line.refuse();
  await expect.poll(() => [broker.end, client.end]).toEqual(["reset", "reset"]);
  const [error] = (await once(connect(port, "127.0.0.1"), "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ECONNREFUSED");
  await line.accept();
  const again = connect(port, "127.0.0.1");
  await once(again, "connect");
  again.destroy();
});

test("moveTo: another broker takes its place, on the same port", async () => {
  const { line, client, broker } = await stage();
  const other = await stage();
  const { port } = line;
  const joined = once(other.server, "connection");
  line.moveTo(`amqp://127.0.0.1:${(other.server.address() as AddressInfo).port}`);
  await expect.poll(() => [broker.end, client.end]).toEqual(["reset", "reset"]);
  const again = connect(port, "127.0.0.1");
  await joined;
  again.destroy();
});

describe("a line that speaks TLS to clients", () => {
  const authority = new Authority();
  afterAll(() => authority[Symbol.dispose]());

  async function echoLine(): Promise<Line> {
    const server = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => server.close());
    const url = `amqp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const line = await Line.open(url, { tls: authority.issue("DNS:localhost") });
    closing.push(() => line.close());
    return line;
  }

  test("passes what they say, decrypted", async () => {
    const line = await echoLine();
    expect(line.urlBy("localhost")).toBe(`amqps://localhost:${line.port}`);
    const client = connectTls({ port: line.port, host: "localhost", ca: authority.cert });
    client.write("hello");
    const [echo] = (await once(client, "data")) as [Buffer];
    expect(echo.toString()).toBe("hello");
    expect(line.chunksToBroker).toBe(1);
    const closed = new Promise<void>((resolve) => client.on("error", () => {}).on("close", () => resolve()));
    line.cut();
    await closed;
  });

  test("can be closed after a client did not believe the certificate", async () => {
    const line = await echoLine();
    const client = connectTls({ port: line.port, host: "localhost" });
    await once(client, "error");
    expect(line.chunksToBroker).toBe(0);
    await line.refuse();
    await line.accept();
  });

  test("passes nothing of what is said to it plainly", async () => {
    const line = await echoLine();
    const client = new End(connect(line.port, "127.0.0.1"));
    client.say("this is no TLS");
    await expect.poll(() => client.end).toBeDefined();
    expect(line.chunksToBroker).toBe(0);
  });
});
