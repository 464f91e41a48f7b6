import { type Message, NO_HEADERS, RpcError, type SendOutcome } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { TTL_OFFSET } from "./amqp-message.js";
import type { Dialect, Purpose } from "./dialects/dialect.js";
import { plain } from "./dialects/plain.js";
import { rabbitmq3 } from "./dialects/rabbitmq3.js";
import { LinkFault, type SendLane, type SendLaneEvents } from "./lane.js";
import type { Link } from "./link.js";
import { Publisher } from "./publisher.js";

/** A lane whose credit and outcomes a test gives. */
class FakeLane implements SendLane {
  maxMessageBytes: number | undefined;
  credit = 100;
  readonly written: Buffer[] = [];
  events: SendLaneEvents | undefined;

  get canSend(): boolean {
    return this.credit > 0;
  }

  send(bytes: Buffer): number {
    this.credit--;
    return this.written.push(bytes);
  }

  async close(): Promise<void> {}

  grant(credit: number): void {
    this.credit += credit;
    this.events?.onCredit();
  }
}

let clock: ManualClock;
let lane: FakeLane;
let told: string[];
let events: string[];

beforeEach(() => {
  clock = new ManualClock();
  lane = new FakeLane();
  told = [];
  events = [];
});

async function opened(
  purpose: Purpose = "queue",
  options: object = {},
  dialect: Dialect = plain(),
): Promise<Publisher> {
  const publisher = new Publisher({
    clock,
    purpose,
    subject: "sending",
    confirmTimeoutMs: 30_000,
    maxUnconfirmed: 10,
    maxMessageBytes: 1_000,
    onUp: () => events.push("up"),
    onDown: (reason) => events.push(`down ${reason.code}`),
    onFailed: () => events.push("failed"),
    onReturned: (address) => events.push(`returned ${address}`),
    onStalled: (isStalled) => events.push(isStalled ? "stalled" : "flowing"),
    onListenerError: () => events.push("listener"),
    ...options,
  });
  const openSend = async (_target: unknown, laneEvents: SendLaneEvents): Promise<SendLane> => {
    lane.events = laneEvents;
    return lane;
  };
  publisher.keeper.linkUp({ dialect, lanes: { openSend } } as unknown as Link);
  await publisher.keeper.opened;
  return publisher;
}

function message(parts: Partial<Message> = {}): Message {
  return {
    body: new Uint8Array(3),
    contentType: undefined,
    correlationId: undefined,
    replyTo: undefined,
    ttlMs: undefined,
    headers: NO_HEADERS,
    durable: false,
    ...parts,
  };
}

function send(publisher: Publisher, name: string, parts: Partial<Message> = {}, address = "q"): void {
  publisher.send(address, message(parts), {
    onOutcome: (outcome) => told.push(`${name} ${textOf(outcome)}`),
  });
}

function textOf(outcome: SendOutcome): string {
  return "error" in outcome
    ? `${outcome.kind} ${outcome.error.code} ${outcome.error.executed}`
    : outcome.kind;
}

describe("outcomes", () => {
  test("accepted, released, rejected, modified", async () => {
    const publisher = await opened();
    for (const name of ["a", "b", "c", "d", "e"]) send(publisher, name);
    lane.events?.onOutcome(1, { kind: "accepted" });
    lane.events?.onOutcome(2, { kind: "released" });
    lane.events?.onOutcome(3, { kind: "rejected", condition: "amqp:resource-limit-exceeded" });
    lane.events?.onOutcome(4, { kind: "rejected", condition: "amqp:not-found" });
    lane.events?.onOutcome(5, { kind: "modified" });
    expect(told).toEqual([
      "a accepted",
      "b unroutable",
      "c refused Overloaded no",
      "d unroutable",
      "e refused Overloaded no",
    ]);
    expect(events).toEqual(["up", "returned q", "returned q"]);
  });

  test("a topic that nobody hears is no error", async () => {
    const publisher = await opened(
      "topic",
      {},
      { ...plain(), route: () => ({ to: "t", subject: undefined }) },
    );
    send(publisher, "a");
    lane.events?.onOutcome(1, { kind: "released" });
    expect(told).toEqual(["a accepted"]);
  });

  test("an outcome is told once, and one for no message is ignored", async () => {
    const publisher = await opened();
    send(publisher, "a");
    lane.events?.onOutcome(1, { kind: "accepted" });
    lane.events?.onOutcome(1, { kind: "released" });
    lane.events?.onOutcome(99, { kind: "accepted" });
    expect(told).toEqual(["a accepted"]);
  });

  test("a listener that throws harms no other", async () => {
    const publisher = await opened();
    publisher.send("q", message(), {
      onOutcome: () => {
        throw new Error("listener");
      },
    });
    send(publisher, "b");
    lane.events?.onOutcome(1, { kind: "accepted" });
    lane.events?.onOutcome(2, { kind: "accepted" });
    expect([told, events]).toEqual([["b accepted"], ["up", "listener"]]);
  });
});

describe("without credit", () => {
  test("messages wait, and leave in their order when there is credit", async () => {
    const publisher = await opened();
    lane.credit = 1;
    for (const name of ["a", "b", "c"]) send(publisher, name, { correlationId: name });
    expect(lane.written.length).toBe(1);
    lane.grant(2);
    expect(lane.written[1]?.includes("b")).toBe(true);
    expect(lane.written[2]?.includes("c")).toBe(true);
  });

  test("the time to live goes on, and what is left is sent", async () => {
    const publisher = await opened();
    lane.credit = 0;
    send(publisher, "a", { ttlMs: 5_000 });
    clock.advance(1_200);
    lane.grant(1);
    expect(lane.written[0]?.readUInt32BE(TTL_OFFSET)).toBe(3_800);
  });

  test("a message whose time to live ends is refused: it was not and will not be delivered", async () => {
    const publisher = await opened();
    lane.credit = 0;
    send(publisher, "a", { ttlMs: 600 });
    clock.advance(1_000);
    expect(told).toEqual(["a refused Timeout no"]);
    lane.grant(1);
    expect(lane.written).toEqual([]);
  });

  test("a message without time to live is refused after the confirm timeout", async () => {
    const publisher = await opened();
    lane.credit = 0;
    send(publisher, "a");
    clock.advance(30_250);
    expect(told).toEqual(["a refused Overloaded no"]);
  });

  test("it says that the broker takes nothing, and when it does again", async () => {
    const publisher = await opened();
    lane.credit = 0;
    send(publisher, "a");
    clock.advance(2_000);
    expect(events).toEqual(["up", "stalled"]);
    lane.grant(1);
    expect(events).toEqual(["up", "stalled", "flowing"]);
  });
});

test("the end waits for the outcome of what got its credit last, too", async () => {
  const publisher = await opened();
  lane.credit = 0;
  send(publisher, "a");
  let isDrained = false;
  const drained = publisher.keeper.drain().then(() => {
    isDrained = true;
  });
  lane.grant(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect([lane.written.length, isDrained]).toEqual([1, false]);
  lane.events?.onOutcome(1, { kind: "accepted" });
  await drained;
  expect(told).toEqual(["a accepted"]);
});

describe("a broker that does not answer", () => {
  test("what it was given is unknown after the confirm timeout, and told once", async () => {
    const publisher = await opened();
    send(publisher, "a");
    clock.advance(30_250);
    expect(told).toEqual(["a unknown Unavailable maybe"]);
    lane.events?.onOutcome(1, { kind: "accepted" });
    expect(told.length).toBe(1);
  });

  test("no timer is left when all is settled", async () => {
    const publisher = await opened();
    send(publisher, "a");
    lane.events?.onOutcome(1, { kind: "accepted" });
    clock.advance(300);
    expect(clock.timerCount).toBe(0);
  });
});

describe("bounds", () => {
  test("more messages than may wait are refused", async () => {
    const publisher = await opened();
    for (let i = 0; i < 11; i++) send(publisher, String(i));
    expect(told).toEqual(["10 refused Overloaded no"]);
  });

  test("a body above the limit is refused, and a message above the broker's", async () => {
    const publisher = await opened();
    send(publisher, "a", { body: new Uint8Array(1_001) });
    lane.maxMessageBytes = 50;
    send(publisher, "b", { body: new Uint8Array(40) });
    expect(told).toEqual(["a refused TooLarge no", "b refused TooLarge no"]);
    expect(lane.written).toEqual([]);
  });

  test("names that no broker takes are refused", async () => {
    const publisher = await opened();
    send(publisher, "a", {}, "");
    send(publisher, "b", {}, "x".repeat(256));
    expect(told).toEqual(["a refused BadRequest no", "b refused BadRequest no"]);
  });
});

describe("a link that is lost", () => {
  test("what was sent is unknown, what waited is unsent, and later sends too until it is open again", async () => {
    const publisher = await opened();
    lane.credit = 1;
    send(publisher, "a");
    send(publisher, "b");
    lane.events?.onLost(new LinkFault("amqp:internal-error", "gone"));
    send(publisher, "c");
    expect(told).toEqual(["a unknown Unavailable maybe", "b unsent", "c unsent"]);
    expect(events).toEqual(["up", "down Unavailable"]);
    clock.advance(10_000);
  });

  test("with its connection, the same", async () => {
    const publisher = await opened();
    send(publisher, "a");
    publisher.keeper.linkDown(new RpcError("Unavailable", "cut"));
    expect(told).toEqual(["a unknown Unavailable maybe"]);
  });
});

test("what would be kept for nobody gets a time to live: replies on brokers that keep them", async () => {
  const publisher = await opened("inbox", {}, rabbitmq3());
  send(publisher, "a", {}, "reply.1");
  expect(lane.written[0]?.readUInt32BE(TTL_OFFSET)).toBe(600_000);
});
