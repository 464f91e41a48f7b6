import type { ItemStream } from "@porthos-rpc/contract";
import { ACCEPTED } from "@porthos-rpc/protocol";
import { afterEach, expect } from "vitest";
import type { StreamOptions } from "../src/index.js";
import type { SentFrame, SentRequest } from "./scripted-transport.js";
import { type Scripted, scripted } from "./setup.js";
import { settle, type Watched, watch } from "./watch.js";

const setups: Scripted[] = [];

// Whatever a test leaves open, nothing of it is left when its client has closed.
afterEach(async () => {
  for (const setup of setups.splice(0)) {
    await setup.client.close();
    await turns(setup);
    expect([setup.clock.timerCount, setup.clock.laterCount, setup.transport.leases]).toEqual([0, 0, 0]);
  }
});

/** Where the server of these tests hears frames. */
export const SERVER = "server-1";

/** A sign of life that says nothing more: the first one says that the server has the call. */
export const alive = { kind: "alive", seq: undefined, credit: undefined } as const;

export interface Opened extends Scripted {
  readonly items: ItemStream<unknown>;
  /** What has become of the first item. */
  readonly first: Watched<IteratorResult<unknown, void>>;
  readonly request: SentRequest;
}

/** A stream of `S.m` whose first item was asked for; the broker has its request, and no server has begun it. */
export async function opened(
  options: Pick<StreamOptions, "window" | "idleTimeoutMs"> & { readonly upload?: Iterable<unknown> } = {},
  setup: Scripted = scripted(),
): Promise<Opened> {
  setups.push(setup);
  const items = setup.client.call("m").stream(options);
  const first = watch(items.next());
  await settle();
  const request = setup.transport.last;
  request.outcome(ACCEPTED);
  return { ...setup, items, first, request };
}

/** The same, which the server has begun. */
export async function begun(...args: Parameters<typeof opened>): Promise<Opened> {
  const stream = await opened(...args);
  stream.request.frame(alive, SERVER);
  return stream;
}

/** Lets everything happen that needs no time, turns of the event loop included. */
export async function turns({ clock }: Pick<Scripted, "clock">): Promise<void> {
  await settle();
  while (clock.laterCount > 0) {
    clock.advance(0);
    await settle();
  }
}

/** The frames in a few words: `credit 8`, `items 0-1`, `end 2`, `cancel`, `alive`. */
export function told(frames: readonly SentFrame[]): string[] {
  return frames.map(({ frame }) => {
    switch (frame.kind) {
      case "credit":
        return `credit ${frame.total}`;
      case "items":
      case "item":
        return frame.count === 1 ? `item ${frame.seq}` : `items ${frame.seq}-${frame.seq + frame.count - 1}`;
      case "end":
        return `end ${frame.seq}`;
      default:
        return frame.kind;
    }
  });
}

/** Reads to the end. */
export async function readAll(stream: AsyncIterable<unknown>): Promise<{ items: unknown[]; error: unknown }> {
  const items: unknown[] = [];
  try {
    for await (const item of stream) items.push(item);
    return { items, error: undefined };
  } catch (error) {
    return { items, error };
  }
}
