import { bytes, contract, method } from "@porthos-rpc/contract";
import {
  frameOf,
  type Message,
  type SendOutcome,
  statusOf,
  type Transport,
  valuesCodec,
} from "@porthos-rpc/protocol";
import { createServer, type Handler } from "@porthos-rpc/server";
import { z } from "zod";
import type { Row } from "../rows.js";
import { Stage } from "../stage.js";
import { within } from "../waits.js";
import { bytesOf, headersOf } from "./data.js";
import type { RequestEntry } from "./entry.js";

/** What larger requests are answered 413. */
const MAX_BODY_BYTES = 262_144;
/** How long all answers may take, on a machine that does much else. */
const ANSWERS_MS = 15_000;

const hostile = contract("HostileService", {
  add: method({
    input: z.object({ value: z.number(), note: z.string().max(20).optional() }),
    output: z.number(),
  }),
  any: method({ input: z.unknown(), output: z.string() }),
  image: method({ input: bytes({ contentType: "image/png" }), output: z.number() }),
});

const handlers: Readonly<Record<string, Handler>> = {
  mirror: (request) => ({ isNull: request.json() === null }),
  args: (request) => request.args().length,
  text: (request) => request.text().length,
  bytes: (request) => request.body.length,
  probe: () => "alive",
};

/** How one carrier took a whole list of requests. */
export interface RequestsOutcome {
  /** `id: expected …, got …`. */
  readonly wrong: readonly string[];
  /** Those that this carrier cannot even send, which is told by a typed error. */
  readonly unsendable: readonly string[];
  /** How long the honest call took that was made behind them all. */
  readonly probeMs: number;
  /** What became of the connections of the service. */
  readonly lost: readonly string[];
  /** What handlers threw; what a one-way request is wrong about is told here too, since its caller never learns it. */
  readonly handlerErrors: readonly string[];
}

/** Sends a service all of them at once, then makes an honest call, and waits for what they were answered. */
export async function runRequests(row: Row, entries: readonly RequestEntry[]): Promise<RequestsOutcome> {
  await using stage = new Stage(row, "hostile");
  const transport = await stage.transport();
  const handlerErrors: string[] = [];
  const plain = await stage.server(handlers, { transport, maxBodyBytes: MAX_BODY_BYTES });
  const typed = createServer({
    contract: hostile,
    service: `${stage.service}-typed`,
    transport: await stage.transport(),
    codecs: [valuesCodec],
    maxBodyBytes: MAX_BODY_BYTES,
  });
  typed.implement({ add: ({ value }) => value + 1, any: () => "any", image: (image) => image.length });
  stage.add(typed);
  await typed.listen();
  for (const server of [plain, typed])
    server.on("handlerError", ({ error }) => handlerErrors.push(String(error)));
  const lost: string[] = [];
  for (const event of ["down", "degraded"] as const) {
    transport.on(event, ({ reason }) => lost.push(`${event}: ${reason.message}`));
  }
  const client = await stage.client();
  await client.call("probe").sync();

  const stranger = await Stranger.open(await stage.transport());
  const queues = { plain: stage.service, typed: typed.service };
  const unsendable = await stranger.sendAll(entries, queues);
  const sentAtMs = performance.now();
  await client.call("probe").sync();
  const probeMs = performance.now() - sentAtMs;
  const wrong = await stranger.judge(entries.filter(({ id }) => !unsendable.includes(id)));
  return { wrong, unsendable, probeMs, lost, handlerErrors };
}

/** Who sends what he likes. */
class Stranger {
  readonly #transport: Transport;
  readonly #replies = new Map<string, Message[]>();
  #address = "";
  #onReply: () => void = () => {};

  private constructor(transport: Transport) {
    this.#transport = transport;
  }

  static async open(transport: Transport): Promise<Stranger> {
    const stranger = new Stranger(transport);
    transport.acquire();
    const inbox = await transport.openInbox({ onMessage: (message) => stranger.#hear(message) });
    stranger.#address = inbox.address ?? "";
    return stranger;
  }

  /** Resolves with the ids of those that could not be sent. */
  async sendAll(
    entries: readonly RequestEntry[],
    queues: Readonly<Record<RequestEntry["service"], string>>,
  ): Promise<string[]> {
    const outcomes = await Promise.all(
      entries.map(async (entry) => {
        const queue = queues[entry.service];
        const outcome = await sent(this.#transport, queue, this.#message(entry, queue));
        if (outcome.kind !== "accepted" && outcome.kind !== "refused")
          throw new Error(
            `${entry.id}: ${outcome.kind} ${outcome.kind === "unknown" ? outcome.error.message : ""}`,
          );
        return outcome.kind === "refused" ? [entry.id] : [];
      }),
    );
    return outcomes.flat();
  }

  /** Waits for the answers; then tells which are not as expected. */
  async judge(entries: readonly RequestEntry[]): Promise<string[]> {
    const open = (): RequestEntry[] => entries.filter((entry) => this.#judgement(entry) !== undefined);
    const answered = new Promise<void>((resolve) => {
      this.#onReply = () => {
        if (open().length === 0) resolve();
      };
      this.#onReply();
    });
    await within(ANSWERS_MS, "all answers", answered).catch(() => {});
    return open().map((entry) => `${entry.id}: expected ${entry.expect}, got ${this.#judgement(entry)}`);
  }

  #judgement(entry: RequestEntry): string | undefined {
    const replies = this.#replies.get(entry.correlationId ?? entry.id) ?? [];
    if (entry.expect === "nothing") return replies.length === 0 ? undefined : `${replies.length} replies`;
    const [reply] = replies;
    if (reply === undefined) return "no reply";
    return replies.length === 1 && statusOf(reply) === entry.expect
      ? undefined
      : replies.map((each) => `${statusOf(each)} ${Buffer.from(each.body).toString().slice(0, 100)}`).join();
  }

  #hear(message: Message): void {
    // Some ask for signs of life.
    if (frameOf(message) !== undefined) return;
    const id = message.correlationId ?? "";
    const known = this.#replies.get(id);
    if (known === undefined) this.#replies.set(id, [message]);
    else known.push(message);
    this.#onReply();
  }

  #message(entry: RequestEntry, queue: string): Message {
    const { replyTo = "inbox", contentType, correlationId = entry.id, ttlMs } = entry;
    const address = replyTo === "inbox" ? this.#address : replyTo === "service" ? queue : replyTo;
    return {
      body: new Uint8Array(bytesOf(entry.body ?? "")),
      contentType: contentType ?? undefined,
      correlationId: correlationId ?? undefined,
      replyTo: address ?? undefined,
      ttlMs,
      headers: headersOf(entry.headers ?? [["X-Method", "mirror"]]),
      durable: false,
    };
  }
}

function sent(transport: Transport, queue: string, message: Message): Promise<SendOutcome> {
  return new Promise((resolve) => transport.send(queue, message, { onOutcome: resolve }));
}
