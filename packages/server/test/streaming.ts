import {
  type Frame,
  frameMessage,
  type HeaderValue,
  jsonCodec,
  type OutgoingFrame,
  type ServerEvents,
} from "@porthos-rpc/protocol";
import { afterEach, expect } from "vitest";
import type { ServerOptions, StreamHandler } from "../src/index.js";
import type { ScriptedDelivery, SentFrame } from "./scripted-transport.js";
import { callId, type RequestInit, type Scripted, scripted } from "./setup.js";
import { settle } from "./watch.js";

const setups: Streaming[] = [];

// Whatever a test leaves open, nothing of it is left when its server has closed.
afterEach(async () => {
  for (const { server, turns, clock, transport } of setups.splice(0)) {
    await server.close();
    await turns();
    expect([clock.timerCount, clock.laterCount, transport.leases]).toEqual([0, 0, 0]);
    for (const { closes, epoch } of transport.inboxes) expect(closes).toBe(epoch === 0 ? 0 : 1);
  }
});

/** The id of the stream that `open` opens. */
export const STREAM: string = callId(1);

/** A sign of life that says nothing more. */
export const alive = { kind: "alive", seq: undefined, credit: undefined } as const;

export interface Streaming extends Scripted {
  /**
   * The request for a stream of method `m` comes; 8 items of credit, a time to live of a second. Resolves when what can
   * happen without time has happened.
   */
  open(init?: RequestInit, headers?: Readonly<Record<string, HeaderValue>>): Promise<ScriptedDelivery>;
  /** A frame of its caller's comes. */
  frame(frame: OutgoingFrame, id?: string): void;
  /** Items of its caller's come, in one frame. */
  upload(seq: number, items: readonly unknown[]): void;
  /** Lets everything happen that needs no time, turns of the event loop included. */
  turns(): Promise<void>;
}

/** What a scripted server needs beyond that to have streams. */
export function streamed(setup: Scripted): Streaming {
  const { transport, clock } = setup;
  const turns = async (): Promise<void> => {
    await settle();
    while (clock.laterCount > 0) {
      clock.advance(0);
      await settle();
    }
  };
  const frame = (outgoing: OutgoingFrame, correlationId: string = STREAM): void =>
    transport.inbox.handler.onMessage(
      frameMessage(outgoing, { correlationId, replyTo: undefined, ttlMs: undefined }),
    );
  const made: Streaming = {
    ...setup,
    turns,
    frame,
    async open(init, headers = {}) {
      const all = new Map<string, HeaderValue>(Object.entries({ "porthos-stream": 8, ...headers }));
      const delivery = setup.deliver({ correlationId: STREAM, ttlMs: 1_000, headers: all, ...init });
      await turns();
      return delivery;
    },
    upload(seq, items) {
      const body = jsonCodec.encode(items);
      const { contentType } = jsonCodec;
      frame({ kind: "items", seq, count: items.length, body, contentType });
    },
  };
  setups.push(made);
  return made;
}

/** A server on a scripted transport, whose time stands still, that listens and streams by method `m`. */
export async function streaming(
  handler: StreamHandler,
  options: Partial<ServerOptions> = {},
): Promise<Streaming> {
  const setup = scripted(options);
  setup.server.registerStream("m", handler);
  await setup.server.listen();
  return streamed(setup);
}

/** The frames in a few words: `alive`, `credit 256`, `items 0-1`. */
export function told(frames: readonly SentFrame[]): string[] {
  return frames.map(({ frame }) => inWords(frame));
}

function inWords(frame: Frame): string {
  switch (frame.kind) {
    case "credit":
      return `credit ${frame.total}`;
    case "items":
    case "item":
      return frame.count === 1 ? `item ${frame.seq}` : `items ${frame.seq}-${frame.seq + frame.count - 1}`;
    default:
      return frame.kind;
  }
}

/** The items that went to the caller: JSON values, and others as their content type and bytes. */
export function itemsOf(frames: readonly SentFrame[]): unknown[] {
  return frames.flatMap(({ frame }) => {
    if (frame.kind !== "items" && frame.kind !== "item") return [];
    if (frame.contentType !== jsonCodec.contentType) return [[frame.contentType, ...frame.body]];
    const decoded = jsonCodec.decode(frame.body);
    return frame.kind === "items" ? (decoded as unknown[]) : [decoded];
  });
}

/** What handlers have thrown. */
export function handlerErrors({ events }: Scripted): unknown[] {
  return events
    .filter(({ name }) => name === "handlerError")
    .map(({ event }) => (event as ServerEvents["handlerError"]).error);
}
