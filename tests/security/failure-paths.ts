import { once } from "node:events";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { Authority, Line } from "@porthos-rpc/brokers";
import { createClient } from "@porthos-rpc/client";
import { TRANSPORT_EVENTS, type Transport, type TransportEvents } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import type { Amqp091Options } from "@porthos-rpc/transport-amqp091";

export const USER = "secrets-user";
export const SECRET = "s3cret-p4ss";
const SOON = { startTimeoutMs: 300, connectTimeoutMs: 200 };

export type Options = Partial<Omit<Amqp091Options, "url">> & { readonly url?: string };

/** Where it is tried, and where everything that is said on the way is put. */
export interface Scene {
  readonly said: unknown[];
  /** The broker's URL with user and password. @param change other parts of it */
  url(change?: {
    readonly password?: string;
    readonly vhost?: string;
    readonly host?: string;
    readonly secure?: boolean;
  }): string;
  make(options: Options): Transport;
}

export type FailurePath = readonly [what: string, go: (scene: Scene) => unknown];

/** Tries to start, and does what a program does then. */
async function use(scene: Scene, options: Options): Promise<void> {
  const { said } = scene;
  const note = (reason: unknown): void => void said.push(reason);
  const transport = scene.make(options);
  for (const event of Object.keys(TRANSPORT_EVENTS) as (keyof TransportEvents)[]) transport.on(event, note);
  const server = createServer({ transport, service: "secrets-nobody" });
  const client = createClient({ transport, service: "secrets-nowhere", timeoutMs: 400 });
  said.push(transport, server, client);
  await transport.ready().catch(note);
  await client.call("x").withMap({}).sync().catch(note);
  await server.listen().catch(note);
  said.push(transport, server, client);
  await Promise.all([client.close(), server.close()]);
  await transport.close();
}

/** Options that are wrong. */
export const OPTIONS: readonly FailurePath[] = [
  ["another scheme", ({ make, url }) => make({ url: url().replace(/^\w+/, "http") })],
  ["a ? in the password", ({ make, url }) => make({ url: url({ password: `${SECRET}?x` }) })],
  ["a # in the password", ({ make, url }) => make({ url: url({ password: `${SECRET}#x` }) })],
  ["a % in the password", ({ make, url }) => make({ url: url({ password: `${SECRET}%zz` }) })],
  ["a / in the password", ({ make, url }) => make({ url: url({ password: `${SECRET}/x` }) })],
  ["a port that is none", ({ make, url }) => make({ url: url({ host: "host:99999" }) })],
  ["no host", ({ make, url }) => make({ url: url({ host: "" }) })],
  ["an unknown option", ({ make, url }) => make({ url: url(), password: SECRET } as Options)],
  ["credentials that are a text", ({ make, url }) => make({ url: url(), credentials: SECRET as never })],
  [
    "credentials without a name",
    ({ make, url }) => make({ url: url(), credentials: { username: "", password: SECRET } }),
  ],
  [
    "credentials that end",
    ({ make, url }) =>
      make({ url: url(), credentials: { username: "a", password: SECRET, expiresAt: 1 } as never }),
  ],
  [
    "a key that is a number, beside a passphrase",
    ({ make, url }) => make({ url: url(), tls: { passphrase: SECRET, key: 7 as never } }),
  ],
  ["insecure that is a text", ({ make, url }) => make({ url: url(), tls: { insecure: SECRET as never } })],
  ["credentials beside sasl", ({ make, url }) => make({ url: url(), sasl: "anonymous" })],
];

export const TOKEN = "eyJhbGciOiJ0b2tlbi1vZi1hLXRlc3QifQ.s3cret-t0ken";

/** Transports that cannot start. */
export const STARTING: readonly FailurePath[] = [
  [
    "a port that nobody listens on",
    (scene) => use(scene, { url: scene.url({ host: "127.0.0.1:1" }), ...SOON }),
  ],
  [
    "a host that does not exist",
    (scene) => use(scene, { url: scene.url({ host: "no-such-host.invalid" }), ...SOON }),
  ],
  ["a wrong password in the URL", (scene) => use(scene, { url: scene.url({ password: `${SECRET}!` }) })],
  [
    "a wrong password as option",
    (scene) => use(scene, { url: scene.url(), credentials: { username: USER, password: `${SECRET}!` } }),
  ],
  [
    "a token that is none",
    (scene) =>
      use(scene, { url: scene.url(), credentials: async () => ({ username: "t", password: TOKEN }) }),
  ],
  [
    "a token that is over",
    (scene) =>
      use(scene, {
        url: scene.url(),
        credentials: async () => ({ username: "t", password: TOKEN, expiresAt: new Date(0) }),
      }),
  ],
  [
    "a token that ends at no time",
    (scene) =>
      use(scene, {
        url: scene.url(),
        credentials: async () => ({ username: "t", password: TOKEN, expiresAt: new Date("x") }),
      }),
  ],
  [
    "a function that gives something else",
    (scene) => use(scene, { url: scene.url(), credentials: async () => TOKEN as never }),
  ],
  [
    "a function that fails",
    (scene) =>
      use(scene, { url: scene.url(), ...SOON, credentials: () => Promise.reject(new Error("away")) }),
  ],
  [
    "a function that never answers",
    (scene) => use(scene, { url: scene.url(), ...SOON, credentials: () => new Promise(() => {}) }),
  ],
  ["a virtual host that does not exist", (scene) => use(scene, { url: scene.url({ vhost: "nowhere" }) })],
  ["TLS with a port that speaks none", (scene) => use(scene, { url: scene.url({ secure: true }) })],
  [
    "a client key that is none",
    (scene) =>
      use(scene, {
        url: scene.url({ secure: true }),
        tls: { cert: SECRET, key: SECRET, passphrase: SECRET },
      }),
  ],
  [
    "a port that says nothing",
    (scene) =>
      withPort(
        () => {},
        (host) => use(scene, { url: scene.url({ host }), ...SOON }),
      ),
  ],
  [
    "a port that speaks HTTP",
    (scene) =>
      withPort(
        (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
        (host) => use(scene, { url: scene.url({ host }), ...SOON }),
      ),
  ],
  [
    "a port that hangs up",
    (scene) =>
      withPort(
        (socket) => socket.destroy(),
        (host) => use(scene, { url: scene.url({ host }), ...SOON }),
      ),
  ],
  [
    "a port that sends back what it hears",
    (scene) =>
      withPort(
        (socket) => socket.pipe(socket),
        (host) => use(scene, { url: scene.url({ host }), ...SOON }),
      ),
  ],
  [
    "a certificate of a stranger's",
    (scene) => withLine(scene, true, (line) => use(scene, { url: line.urlBy("localhost") })),
  ],
  ["a user without permissions", (scene) => use(scene, { url: scene.url() })],
];

/** What goes wrong later. */
export const WORKING: readonly FailurePath[] = [
  [
    "a line that is cut",
    (scene) => withLine(scene, false, (line) => upThen(scene, line, async () => line.cut())),
  ],
  [
    "a line that is frozen, and cut",
    (scene) =>
      withLine(scene, false, (line) =>
        upThen(scene, line, async () => {
          line.freeze();
          line.cut();
        }),
      ),
  ],
  [
    "a broker that is away, and back",
    (scene) =>
      withLine(scene, false, (line) =>
        upThen(scene, line, async () => {
          await line.refuse();
          await line.accept();
        }),
      ),
  ],
  [
    "a message that is too large",
    (scene) =>
      withLine(scene, false, (line) =>
        upThen(scene, line, async (transport) => {
          const message = {
            body: new Uint8Array(20_000_000),
            contentType: undefined,
            correlationId: undefined,
            replyTo: undefined,
            ttlMs: undefined,
            headers: new Map(),
            durable: false,
          };
          transport.send("secrets", message, { onOutcome: (outcome) => scene.said.push(outcome) });
        }),
      ),
  ],
  [
    "a use after the end",
    async (scene) => {
      const transport = scene.make({ url: scene.url() });
      await transport.close();
      await transport.ready().catch((reason: unknown) => scene.said.push(reason));
      scene.said.push(transport);
    },
  ],
];

async function upThen(scene: Scene, line: Line, act: (transport: Transport) => Promise<void>): Promise<void> {
  const transport = scene.make({ url: line.url });
  for (const event of ["down", "degraded", "up"] as const)
    transport.on(event, (content) => scene.said.push(content));
  transport.acquire();
  await transport.ready();
  const before = scene.said.length;
  await act(transport);
  for (const until = Date.now() + 3_000; scene.said.length === before && Date.now() < until; )
    await new Promise((resolve) => setTimeout(resolve, 20));
  scene.said.push(transport);
  await transport.close();
}

async function withPort(
  onConnection: (socket: Socket) => void,
  run: (host: string) => Promise<void>,
): Promise<void> {
  const server: Server = createTcpServer((socket) => {
    socket.on("error", () => {});
    onConnection(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  await run(`127.0.0.1:${(server.address() as { port: number }).port}`);
  server.close();
}

async function withLine(scene: Scene, isTls: boolean, run: (line: Line) => Promise<void>): Promise<void> {
  using strangers = new Authority();
  await using line = await Line.open(scene.url(), isTls ? { tls: strangers.issue("DNS:localhost") } : {});
  await run(line);
}
