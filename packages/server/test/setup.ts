import {
  CANCEL,
  cancelTopic,
  encodeText,
  frameMessage,
  type HeaderValue,
  type Message,
  NO_BODY,
  RpcError,
  type ServerEvents,
} from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { createServer, type Handler, type Server, type ServerOptions } from "../src/index.js";
import { type ScriptedDelivery, ScriptedTransport } from "./scripted-transport.js";

/** The fields of a request that a test cares for. */
export interface RequestInit {
  readonly method?: HeaderValue | undefined;
  /** As JSON; `body` for bytes. */
  readonly json?: unknown;
  readonly body?: Uint8Array;
  readonly contentType?: string | undefined;
  readonly replyTo?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly ttlMs?: number | undefined;
  readonly headers?: ReadonlyMap<string, HeaderValue>;
}

/** A request for method `m` without a body, answered at `inbox`, unless it says something else. */
export function request(init: RequestInit = {}): Message {
  const headers = new Map<string, HeaderValue>(init.headers);
  const method = "method" in init ? init.method : "m";
  if (method !== undefined) headers.set("X-Method", method);
  const isJson = "json" in init;
  return {
    body: isJson ? encodeText(JSON.stringify(init.json)) : (init.body ?? NO_BODY),
    contentType: "contentType" in init ? init.contentType : isJson ? "application/json" : undefined,
    correlationId: "correlationId" in init ? init.correlationId : "id-1",
    replyTo: "replyTo" in init ? init.replyTo : "inbox",
    ttlMs: init.ttlMs,
    headers,
    durable: false,
  };
}

/** An id as our callers make them: nobody else can have it. @param ttlMs until its deadline, by a caller whose clock is right */
export function callId(number: number, ttlMs = 1_000): string {
  const deadlineEpochMs = new ManualClock().epochMs() + ttlMs;
  return `0123456789abcdef0123456789abcdef.${number.toString(36)}.${deadlineEpochMs.toString(36)}.${tagOf(number)}`;
}

/** Of 53 bits, though not by chance. */
function tagOf(number: number): string {
  return ((number * 6_364_136_223_846) % Number.MAX_SAFE_INTEGER).toString(36).padStart(11, "0");
}

export const oneWay: RequestInit = { replyTo: undefined, correlationId: undefined };

type AnyServer = Pick<Server, keyof Server>;

export interface Scripted {
  readonly clock: ManualClock;
  readonly transport: ScriptedTransport;
  readonly server: Server;
  /** The server's events, in order, and their payloads. */
  readonly events: { readonly name: keyof ServerEvents; readonly event: unknown }[];
  deliver(init?: RequestInit, redelivered?: boolean, count?: number): ScriptedDelivery;
  /** A caller tells all servers of the service that nobody waits for the call of this id any more. */
  giveUp(correlationId: string | undefined): void;
}

const EVENTS = [
  "incoming",
  "outgoing",
  "expired",
  "duplicate",
  "poisoned",
  "cancelled",
  "refused",
  "stuck",
  "handlerError",
  "replyLost",
  "degraded",
  "extensionError",
] as const;

/** A server of `S` on a scripted transport, whose time stands still. Does not listen yet. */
export function scripted(
  options: Partial<ServerOptions> = {},
  make: (options: ServerOptions) => AnyServer = createServer,
): Scripted {
  const clock = new ManualClock();
  const transport = new ScriptedTransport();
  const server = make({ transport, service: "S", clock, ...options }) as Server;
  const events: Scripted["events"] = [];
  for (const name of EVENTS) server.on(name, (event) => events.push({ name, event }));
  const deliver = (init?: RequestInit, redelivered?: boolean, count?: number): ScriptedDelivery =>
    transport.consumer.deliver(request(init), redelivered, count);
  const giveUp = (correlationId: string | undefined): void => {
    const message = frameMessage(CANCEL, { correlationId, replyTo: undefined, ttlMs: undefined });
    transport.subscribers.get(cancelTopic("S"))?.(message);
  };
  return { clock, transport, server, events, deliver, giveUp };
}

/** The same, listening, with `m` served by this handler. */
export async function serving(handler: Handler, options: Partial<ServerOptions> = {}): Promise<Scripted> {
  const setup = scripted(options);
  setup.server.register("m", handler);
  await setup.server.listen();
  return setup;
}

export const connectionLost: RpcError = new RpcError("Unavailable", "connection reset");
