import { NO_BODY, NO_HEADERS } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { beforeEach, expect, test } from "vitest";
import type { Lanes, SendLane } from "../lane.js";
import { LinkFault } from "../lane.js";
import { decode, type Received } from "../mapping.js";
import type { NodeEvents, NodeLinks } from "./node-links.js";
import { Requester } from "./requester.js";

let clock: ManualClock;
let requester: Requester;
let goneWith: () => void;
/** Each pair of links that was opened, and what came of it. */
let pairs: { events: NodeEvents; asked: string[]; closed: boolean }[];
/** What opening the next pair comes to. */
let refusal: unknown;

beforeEach(() => {
  clock = new ManualClock();
  pairs = [];
  refusal = undefined;
  const lanes = {
    whenGone: (tell: () => void) => {
      goneWith = tell;
    },
  } as Lanes;
  requester = new Requester(lanes, clock, async (events) => {
    const pair = { events, asked: [] as string[], closed: false };
    pairs.push(pair);
    if (refusal !== undefined) throw refusal;
    const send: SendLane = {
      maxMessageBytes: undefined,
      canSend: true,
      send: (bytes) => pair.asked.push(decode(bytes).message.correlationId ?? ""),
      close: async () => {},
    };
    const close = (): void => {
      pair.closed = true;
    };
    return { send, replyTo: "answers", close } satisfies NodeLinks;
  });
});

function answerTo(correlationId: string): Received {
  const message = {
    body: NO_BODY,
    contentType: undefined,
    correlationId,
    replyTo: undefined,
    ttlMs: undefined,
    headers: NO_HEADERS,
    durable: false,
  };
  return { message, firstAcquirer: undefined, deliveryCount: 0, subject: "200", value: undefined };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("each answer finds its request, over links that are opened once", async () => {
  const asking = [requester.ask({ body: "a" }), requester.ask({ body: "b" })];
  await turn();
  expect(pairs.map(({ asked }) => asked)).toEqual([["1", "2"]]);
  for (const id of ["2", "1", "7"]) pairs[0]?.events.onAnswer(answerTo(id));
  expect((await Promise.all(asking)).map(({ message }) => message.correlationId)).toEqual(["1", "2"]);
  expect(clock.timerCount).toBe(0);
});

test("what is not answered ends after a while", async () => {
  const asking = requester.ask({ body: "a" }).catch((error: unknown) => error);
  await turn();
  clock.advance(10_000);
  expect(await asking).toMatchObject({ code: "Unavailable", executed: "maybe" });
});

test("who may not ask hears why, and the next to ask tries again", async () => {
  refusal = new LinkFault("amqp:unauthorized-access", "not for you");
  await expect(requester.ask({ body: "a" })).rejects.toMatchObject({ code: "Config" });
  refusal = undefined;
  const asking = requester.ask({ body: "a" });
  await turn();
  pairs[1]?.events.onAnswer(answerTo("1"));
  await expect(asking).resolves.toBeDefined();
});

test("when one link is lost both are given up, what was asked ends, and the next to ask opens others", async () => {
  const lost = requester.ask({ body: "a" }).catch((error: unknown) => error);
  await turn();
  pairs[0]?.events.onLost(undefined);
  expect(await lost).toMatchObject({ code: "Unavailable", executed: "maybe" });
  expect(pairs[0]?.closed).toBe(true);
  const asking = requester.ask({ body: "b" });
  await turn();
  // The other link's end is told late, and concerns the links that are open now as little as their requests.
  pairs[0]?.events.onLost(undefined);
  pairs[1]?.events.onAnswer(answerTo("2"));
  await expect(asking).resolves.toBeDefined();
});

test("a request over which the broker closes the link hears why; those behind it may be asked again", async () => {
  const asking = [requester.ask({ body: "a" }), requester.ask({ body: "b" })].map((asked) =>
    asked.catch((error: unknown) => error),
  );
  await turn();
  pairs[0]?.events.onLost(new LinkFault("amqp:unauthorized-access", "configure access to queue 'q' refused"));
  expect(await Promise.all(asking)).toMatchObject([
    {
      code: "Config",
      executed: "no",
      message: expect.stringContaining("configure access to queue 'q' refused"),
    },
    { code: "Unavailable", executed: "maybe" },
  ]);
});

test("with the connection all that was asked ends, and no timer is left by what is asked later", async () => {
  const asking = requester.ask({ body: "a" }).catch((error: unknown) => error);
  await turn();
  goneWith();
  expect(await asking).toMatchObject({ code: "Unavailable" });
  refusal = new Error("connection lost");
  await expect(requester.ask({ body: "b" })).rejects.toMatchObject({ code: "Unavailable", executed: "no" });
  expect(clock.timerCount).toBe(0);
});
