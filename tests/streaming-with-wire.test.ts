import { createHmac, type webcrypto } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Client } from "@porthos-rpc/client";
import { type Extension, type MaybePromise, type Message, Refusal } from "@porthos-rpc/protocol";
import type { ServerOptions, StreamHandler } from "@porthos-rpc/server";
import { describe, expect, test } from "vitest";
import { Arrivals } from "./arrivals.js";
import { carriers } from "./rows.js";
import { Stage } from "./stage.js";
import { SOON_MS, within } from "./waits.js";

/** Longer than an extension may hold a frame. */
const HELD_MS = 9_000;

type Change = (message: Message) => MaybePromise<Message>;

const REVERSED = "x-reversed";

/** A stand-in for whatever compresses, encrypts or signs: another body and type, and a header that says so. */
function reversed(message: Message): Message {
  const headers = new Map(message.headers).set(REVERSED, message.contentType ?? "");
  return { ...message, headers, contentType: "application/x-reversed", body: message.body.slice().reverse() };
}

function undone(message: Message): Message {
  const was = message.headers.get(REVERSED);
  if (typeof was !== "string" || message.contentType !== "application/x-reversed") {
    throw new Error("not reversed");
  }
  const headers = new Map(message.headers);
  headers.delete(REVERSED);
  return {
    ...message,
    headers,
    contentType: was === "" ? undefined : was,
    body: message.body.slice().reverse(),
  };
}

/** By promise, and some of them at once: what is quicker must not overtake. */
function atVaryingPace(change: Change): Change {
  let n = 0;
  return (message) => {
    const delayMs = (n++ * 7) % 5;
    if (delayMs === 0) return change(message);
    return new Promise((resolve, reject) =>
      setTimeout(() => {
        try {
          resolve(change(message));
        } catch (error) {
          reject(error);
        }
      }, delayMs),
    );
  };
}

function zip(outgoing: Change, incoming: Change): readonly Extension[] {
  const wire = { outgoing, incoming };
  return [{ name: "zip", apiVersion: 1, client: { wire }, server: { wire } }];
}

function layer(name: string, outgoing: Change, incoming: Change): Extension {
  const wire = { outgoing, incoming };
  return { name, apiVersion: 1, client: { wire }, server: { wire } };
}

const compressed: Extension = layer(
  "compressed",
  async (message) => ({ ...message, body: await promisify(gzip)(message.body) }),
  async (message) => ({ ...message, body: new Uint8Array(await promisify(gunzip)(message.body)) }),
);

/** With AES-GCM; the nonce goes first. */
async function encrypted(): Promise<Extension> {
  const { subtle } = crypto;
  const algorithm = { name: "AES-GCM", length: 128 };
  const key: webcrypto.CryptoKey = await subtle.generateKey(algorithm, false, ["encrypt", "decrypt"]);
  return layer(
    "encrypted",
    async (message) => {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const hidden = await subtle.encrypt({ name: "AES-GCM", iv }, key, new Uint8Array(message.body));
      const body = new Uint8Array(iv.length + hidden.byteLength);
      body.set(iv);
      body.set(new Uint8Array(hidden), iv.length);
      return { ...message, body };
    },
    async (message) => {
      const body = new Uint8Array(message.body);
      const shown = await subtle.decrypt({ name: "AES-GCM", iv: body.slice(0, 12) }, key, body.slice(12));
      return { ...message, body: new Uint8Array(shown) };
    },
  );
}

const SIGNATURE = "x-signature";

/** Signs body, call and all headers that the wire knows: so no frame can be put elsewhere, or be sent again. */
function signatureOf({ headers, correlationId, body }: Message): string {
  const signed = [...headers].filter(([name]) => name.startsWith("porthos-") || name === "X-Method").sort();
  return createHmac("sha256", "key")
    .update(JSON.stringify([correlationId, signed]))
    .update(body)
    .digest("base64");
}

const signed: Extension = layer(
  "signed",
  (message) => ({ ...message, headers: new Map(message.headers).set(SIGNATURE, signatureOf(message)) }),
  (message) => {
    if (message.headers.get(SIGNATURE) === signatureOf(message)) return message;
    throw new Refusal(403, "a wrong signature");
  },
);

const kindOf = ({ headers }: Message): unknown => headers.get("porthos-frame");
const hasItems = (message: Message): boolean => kindOf(message) === "items" || kindOf(message) === "item";

/** Does something else with the n-th frame that has items, from 1. */
function atFrame(n: number, otherwise: Change): Change {
  let frames = 0;
  return (message) => (hasItems(message) && ++frames === n ? otherwise(message) : message);
}

const hangs: Change = () => new Promise(() => {});
const throws: Change = () => {
  throw new Error("broken");
};

/** Each item in a frame of its own. */
const one = (n: number): Uint8Array => Uint8Array.of(n);

const handlers: Readonly<Record<string, StreamHandler>> = {
  async *countTo(request) {
    const { to } = request.json<{ to: number }>();
    for (let n = 1; n <= to; n++) yield n % 3 === 0 ? one(n) : n;
  },
  async *sum(_request, upload) {
    let sum = 0;
    for await (const n of upload) sum += n as number;
    yield sum;
  },
  async *double(_request, upload) {
    for await (const n of upload) yield 2 * (n as number);
  },
  *failing() {
    for (let n = 1; n <= 3; n++) yield one(n);
    throw new Error("on purpose");
  },
};

async function readAll(stream: AsyncIterable<unknown>): Promise<{ items: unknown[]; error: unknown }> {
  const items: unknown[] = [];
  try {
    for await (const item of stream) items.push(item);
    return { items, error: undefined };
  } catch (error) {
    return { items, error };
  }
}

/** A service and a client, with extensions of theirs, that are closed with the stage. */
async function pair(
  stage: Stage,
  extensions: { readonly client?: readonly Extension[]; readonly server?: readonly Extension[] },
  streams: Readonly<Record<string, StreamHandler>> = handlers,
  plain: Parameters<Stage["server"]>[0] = {},
  service: string = stage.service,
): Promise<Client> {
  const options: Partial<ServerOptions> = { service, extensions: extensions.server ?? [] };
  const server = await stage.server(plain, options, streams);
  // What is meant to break here need not be in the console.
  server.on("extensionError", () => {});
  server.on("handlerError", () => {});
  return stage.client({ service, extensions: extensions.client ?? [] });
}

const HANGING: readonly (readonly ["client" | "server", "outgoing" | "incoming", object])[] = [
  ["server", "outgoing", { code: "Remote", status: 500 }],
  ["client", "incoming", { code: "Timeout" }],
  ["client", "outgoing", { code: "Timeout" }],
  ["server", "incoming", { code: "Remote", status: 500 }],
];

const numbers = Array.from({ length: 500 }, (_, i) => i);

describe.concurrent.each(carriers)("streams with extensions that change messages over $transport", (row) => {
  test.each([
    ["at once", reversed, undone],
    ["by promises of varying delays", atVaryingPace(reversed), atVaryingPace(undone)],
  ] as const)("pass them, in both directions, in order: %s", async (_, outgoing, incoming) => {
    await using stage = new Stage(row);
    const both = zip(outgoing, incoming);
    const client = await pair(stage, { client: both, server: both });
    const counted = await readAll(client.call("countTo").withMap({ to: 400 }).stream({ window: 32 }));
    expect(counted.error).toBeUndefined();
    expect(counted.items).toEqual(numbers.slice(1, 401).map((n) => (n % 3 === 0 ? one(n) : n)));
    expect(await readAll(client.call("sum").stream({ upload: numbers }))).toEqual({
      items: [124_750],
      error: undefined,
    });
    expect(await readAll(client.call("double").stream({ upload: numbers }))).toEqual({
      items: numbers.map((n) => 2 * n),
      error: undefined,
    });
    const failing = await readAll(client.call("failing").stream());
    expect(failing).toMatchObject({
      items: [one(1), one(2), one(3)],
      error: { code: "Remote", status: 500 },
    });
  });

  test("can be compressed, encrypted and signed; a frame that was tampered with is refused", async () => {
    await using stage = new Stage(row);
    const crypt = await encrypted();
    const all = [signed, crypt, compressed];
    const client = await pair(stage, { client: all, server: all });
    const read = await readAll(client.call("double").stream({ upload: numbers }));
    expect(read).toEqual({ items: numbers.map((n) => 2 * n), error: undefined });
    // Outermost: what it does is done to what was signed.
    const tampering: Extension = {
      name: "tampering",
      apiVersion: 1,
      client: { wire: { outgoing: atFrame(2, (message) => ({ ...message, body: message.body.slice(1) })) } },
    };
    const tampered = await stage.client({ extensions: [tampering, ...all] });
    const { error } = await readAll(tampered.call("double").stream({ upload: numbers }));
    expect(error).toMatchObject({ code: "Remote", status: 403, executed: "maybe" });
  });

  test("a client without the extension that its service has reads nothing, and nothing wrong", async () => {
    await using stage = new Stage(row);
    const client = await pair(stage, { server: zip(reversed, (message) => message) });
    expect((await readAll(client.call("countTo").withMap({ to: 3 }).stream())).error).toMatchObject({
      code: "BadReply",
    });
  });

  test.each<[string, "client" | "server", "outgoing" | "incoming", "countTo" | "double", object]>([
    ["the service's, encoding", "server", "outgoing", "countTo", { code: "Remote", status: 500 }],
    ["the client's, decoding", "client", "incoming", "countTo", { code: "BadReply" }],
    ["the client's, encoding", "client", "outgoing", "double", { code: "BadRequest" }],
    ["the service's, decoding", "server", "incoming", "double", { code: "Remote", status: 400 }],
  ])(
    "one that throws ends that stream, at both ends, and no other: %s",
    async (_, side, way, method, end) => {
      await using stage = new Stage(row);
      const ended = new Arrivals<true>("a handler's end");
      const watched: StreamHandler = async function* (request, upload) {
        const { signal } = request;
        try {
          if (method === "double") for await (const n of upload) yield n;
          else for (let n = 1; !signal.aborted; n++) yield one(n % 256);
        } finally {
          ended.add(true);
        }
      };
      const breaking: Extension[] = [
        { name: "breaking", apiVersion: 1, [side]: { wire: { [way]: atFrame(3, throws) } } },
      ];
      const client = await pair(stage, { [side]: breaking }, { [method]: watched });
      const upload = method === "double" ? Array.from({ length: 9 }, (__, n) => one(n)) : undefined;
      const make = () => client.call(method).stream<Uint8Array>(upload === undefined ? {} : { upload });
      const { error } = await within(SOON_MS, "the stream's end", readAll(make()));
      expect(error).toMatchObject(end);
      await ended.next();
      // It breaks one frame alone.
      const again = make();
      expect(await again.next()).toMatchObject({ done: false });
      await again.return();
      await ended.next();
    },
  );

  test("one that hangs ends that stream, at both ends, in 5 s", async () => {
    await using stage = new Stage(row);
    const ended = new Arrivals<true>("a handler's end");
    const echo: StreamHandler = async function* (_request, upload) {
      try {
        for await (const n of upload) yield n;
      } finally {
        ended.add(true);
      }
    };
    const upload = Array.from({ length: 9 }, (_, n) => one(n));
    const ends = HANGING.map(async ([side, way, end], index) => {
      const hanging: Extension[] = [
        { name: "hanging", apiVersion: 1, [side]: { wire: { [way]: atFrame(3, hangs) } } },
      ];
      const service = `${stage.service}-${index}`;
      const client = await pair(stage, { [side]: hanging }, { echo }, {}, service);
      const { error } = await readAll(client.call("echo").stream({ upload }));
      expect(error, `${side} ${way}`).toMatchObject(end);
    });
    await within(HELD_MS, "the streams' ends", Promise.all(ends));
    await ended.take(HANGING.length);
  });

  test("leaving a stream is told although an extension holds a frame", async () => {
    await using stage = new Stage(row);
    const aborted = new Arrivals<true>("an aborted handler");
    const begun = new Arrivals<true>("a handler that has read an item");
    const reading: StreamHandler = async function* ({ signal }, upload) {
      signal.addEventListener("abort", () => aborted.add(true));
      for await (const n of upload) {
        begun.add(true);
        yield n;
      }
    };
    const held = new Arrivals<true>("a frame that is held");
    const hold: Change = (message) => {
      held.add(true);
      return hangs(message);
    };
    const holding: Extension[] = [
      { name: "holding", apiVersion: 1, client: { wire: { outgoing: atFrame(2, hold) } } },
    ];
    const client = await pair(stage, { client: holding }, { reading });
    const items = client.call("reading").stream({ upload: [one(1), one(2), one(3)] });
    await items.next();
    await held.next();
    await items.return();
    await aborted.next(SOON_MS);
  });

  test("signs of life pass them, and so does the answer after them", async () => {
    await using stage = new Stage(row);
    const both = zip(atVaryingPace(reversed), atVaryingPace(undone));
    let answer = (): void => {};
    const ponder = (): Promise<string> => new Promise((resolve) => (answer = () => resolve("answer")));
    const client = await pair(stage, { client: both, server: both }, {}, { ponder });
    const signs = new Arrivals<true>("a sign of life");
    const call = client
      .call("ponder")
      .withLiveness(250, () => signs.add(true))
      .sync();
    await signs.take(3);
    answer();
    expect((await call).json()).toBe("answer");
  });
});
