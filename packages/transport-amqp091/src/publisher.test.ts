import { type Message, NO_BODY, NO_HEADERS, RpcError, type SendOutcome } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, test } from "vitest";
import type { SendLane, SendLaneEvents } from "./lane.js";
import type { Link } from "./link.js";
import { Publisher } from "./publisher.js";

const MESSAGE: Message = {
  body: NO_BODY,
  contentType: undefined,
  correlationId: undefined,
  replyTo: undefined,
  ttlMs: undefined,
  headers: NO_HEADERS,
  durable: false,
};
const KIND = { mandatory: true, direct: false };

class FakeLane implements SendLane {
  readonly written: { key: string; id: string | undefined }[] = [];
  ended = false;
  events: SendLaneEvents | undefined;

  publish(_exchange: string, key: string, message: Message, id: string | undefined): boolean {
    if (message.contentType === "bad") throw new RpcError("BadRequest", "bad");
    if (this.ended) return false;
    this.written.push({ key, id });
    return true;
  }

  async close(): Promise<void> {
    this.ended = true;
  }
}

async function setUp(options: { maxUnconfirmed?: number } = {}): Promise<{
  clock: ManualClock;
  publisher: Publisher;
  lanes: FakeLane[];
  told: string[];
  link: Link;
  send(key: string, part?: Partial<Message>, kind?: typeof KIND): string[];
}> {
  const clock = new ManualClock();
  const lanes: FakeLane[] = [];
  const told: string[] = [];
  const publisher = new Publisher({
    clock,
    subject: "sending",
    confirmTimeoutMs: 1_000,
    maxUnconfirmed: options.maxUnconfirmed ?? 100,
    maxMessageBytes: 100,
    onUp: () => told.push("up"),
    onDown: ({ code }) => told.push(`down ${code}`),
    onCrash: () => told.push("crash"),
    onFailed: ({ code }) => told.push(`failed ${code}`),
    onReturned: (address) => told.push(`returned ${address}`),
    onListenerError: () => told.push("listener threw"),
  });
  const openSend = async (events: SendLaneEvents): Promise<SendLane> => {
    const lane = new FakeLane();
    lane.events = events;
    lanes.push(lane);
    return lane;
  };
  const link = { lanes: { openSend } } as unknown as Link;
  publisher.keeper.linkUp(link);
  await publisher.keeper.opened;
  const send = (key: string, part: Partial<Message> = {}, kind = KIND): string[] => {
    const heard: string[] = [];
    const onOutcome = (outcome: SendOutcome): void => {
      heard.push(
        "error" in outcome ? `${outcome.kind} ${outcome.error.code} ${outcome.error.executed}` : outcome.kind,
      );
    };
    publisher.send("", key, kind, { ...MESSAGE, ...part }, { onOutcome });
    return heard;
  };
  return { clock, publisher, lanes, told, link, send };
}

describe("Publisher", () => {
  test("a confirm is accepted, a negative one refused as Overloaded", async () => {
    const { lanes, send } = await setUp();
    const [a, b] = [send("a"), send("b")];
    lanes[0]?.events?.onConfirm(2, false, false);
    lanes[0]?.events?.onConfirm(1, false, true);
    expect([a, b]).toEqual([["accepted"], ["refused Overloaded no"]]);
  });

  test.each([true, false])(
    "a returned message is unroutable, whether its confirm is %s",
    async (accepted) => {
      const { lanes, told, send } = await setUp();
      const outcome = send("a");
      const events = lanes[0]?.events;
      events?.onReturn(lanes[0]?.written[0]?.id as string);
      expect(outcome).toEqual([]);
      events?.onConfirm(1, true, accepted);
      expect([outcome, told]).toEqual([["unroutable"], ["up", "returned a"]]);
    },
  );

  test("a return with an id of somebody else is ignored", async () => {
    const { lanes, told, send } = await setUp();
    send("a");
    for (const id of ["77", "undefined", "-1", ""]) lanes[0]?.events?.onReturn(id);
    expect(told).toEqual(["up"]);
  });

  test("a message that is not mandatory has no message id", async () => {
    const { lanes, send } = await setUp();
    send("a", {}, { mandatory: false, direct: false });
    expect(lanes[0]?.written).toEqual([{ key: "a", id: undefined }]);
  });

  test("ids go on over lanes; confirms count from 1 on each", async () => {
    const { publisher, lanes, link, send } = await setUp();
    send("a");
    publisher.keeper.linkDown(new RpcError("Unavailable", "gone"));
    publisher.keeper.linkUp(link);
    await new Promise((resolve) => setImmediate(resolve));
    const b = send("b");
    expect(lanes[1]?.written).toEqual([{ key: "b", id: "2" }]);
    lanes[1]?.events?.onConfirm(1, false, true);
    expect(b).toEqual(["accepted"]);
  });

  test("what was written on a lane that is lost is unknown, maybe executed; down is told before", async () => {
    const { publisher, told, send } = await setUp();
    const outcome = send("a");
    publisher.keeper.linkDown(new RpcError("Closed", "closed", { executed: "no" }));
    expect([outcome, told]).toEqual([["unknown Unavailable maybe"], ["up", "down Closed"]]);
  });

  test("a lane that has ended by itself writes nothing: unsent", async () => {
    const { lanes, send } = await setUp();
    (lanes[0] as FakeLane).ended = true;
    expect(send("a")).toEqual(["unsent"]);
  });

  test("what cannot be encoded is refused and takes no number", async () => {
    const { lanes, send } = await setUp();
    expect(send("a", { contentType: "bad" })).toEqual(["refused BadRequest no"]);
    const b = send("b");
    lanes[0]?.events?.onConfirm(1, false, true);
    expect(b).toEqual(["accepted"]);
  });

  test("a channel that one message above the broker's limit broke: that one is refused, what came after is unsent", async () => {
    const { lanes, send } = await setUp();
    const outcomes = [send("a"), send("b", { body: new Uint8Array(60) }), send("c")];
    const words = "PRECONDITION_FAILED - message size 60 is larger than configured max size 50";
    lanes[0]?.events?.onLost(
      new Error(`Channel closed by server: 406 (PRECONDITION-FAILED) with message "${words}"`),
    );
    expect(outcomes).toEqual([["unknown Unavailable maybe"], ["refused TooLarge no"], ["unsent"]]);
    await new Promise((resolve) => setImmediate(resolve));
  });

  test("the broker's limit is known from then on", async () => {
    const { clock, lanes, send } = await setUp();
    const words = "message size 60 is larger than max size 50";
    lanes[0]?.events?.onLost(new Error(`x with message "${words}"`));
    clock.advance(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(send("a", { body: new Uint8Array(51) })).toEqual(["refused TooLarge no"]);
    expect(lanes[1]?.written).toEqual([]);
  });

  test("only a crash of the broker with a direct reply under way is told as such", async () => {
    const crash = Object.assign(new Error('x with message "INTERNAL_ERROR"'), { code: 541 });
    const reason = new RpcError("Unavailable", "lost", { cause: crash });
    const plain = await setUp();
    plain.send("a");
    plain.publisher.keeper.linkDown(reason);
    expect(plain.told).not.toContain("crash");
    const direct = await setUp();
    direct.send("a", {}, { mandatory: false, direct: true });
    direct.publisher.keeper.linkDown(reason);
    expect(direct.told).toContain("crash");
  });

  test("more than maxUnconfirmed is refused; a confirm makes room", async () => {
    const { lanes, send } = await setUp({ maxUnconfirmed: 2 });
    send("a");
    send("b");
    expect(send("c")).toEqual(["refused Overloaded no"]);
    lanes[0]?.events?.onConfirm(1, false, true);
    expect(send("d")).toEqual([]);
  });

  test("drain waits for the last confirm, and takes nothing new meanwhile", async () => {
    const { clock, publisher, lanes, send } = await setUp();
    send("a");
    let drained = false;
    const draining = publisher.keeper.drain().then(() => {
      drained = true;
    });
    expect([send("b"), drained]).toEqual([["unsent"], false]);
    lanes[0]?.events?.onConfirm(1, false, true);
    await draining;
    expect([lanes[0]?.ended, clock.timerCount]).toEqual([true, 1]);
    publisher.keeper.linkDown(new RpcError("Closed", "closed"));
    expect(clock.timerCount).toBe(0);
  });

  test("drain waits no longer than 5 s for a broker that does not confirm", async () => {
    const { clock, publisher, send } = await setUp();
    send("a");
    const draining = publisher.keeper.drain();
    clock.advance(5_000);
    await draining;
  });

  test("a listener that throws is told of, and harms nobody", async () => {
    const { publisher, lanes, told, send } = await setUp();
    const onOutcome = (): void => {
      throw new Error("gotcha");
    };
    publisher.send("", "a", KIND, MESSAGE, { onOutcome });
    const b = send("b");
    lanes[0]?.events?.onConfirm(2, true, true);
    expect([b, told]).toEqual([["accepted"], ["up", "listener threw"]]);
  });
});
