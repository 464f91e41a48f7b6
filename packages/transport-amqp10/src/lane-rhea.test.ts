import { Duplex } from "node:stream";
import { systemClock } from "@porthos-rpc/protocol";
import rhea from "rhea";
import { afterEach, describe, expect, test } from "vitest";
import {
  HungUp,
  type LaneDriver,
  type Lanes,
  type OpenOptions,
  type ReceiveLane,
  type ReceiveLaneOptions,
} from "./lane.js";
import { lanesOfRhea } from "./lane-rhea.js";
import { decode, encode } from "./mapping.js";
import { plain } from "./sasl.js";

/** Two ends of a line inside this process. */
function line(): [Duplex, Duplex] {
  const ends: Duplex[] = [0, 1].map(
    (index) =>
      new Duplex({
        read: () => {},
        write: (chunk: Buffer, _encoding, done) => {
          const other = ends[1 - index] as Duplex;
          setImmediate(() => {
            if (!other.destroyed) other.push(chunk);
            done();
          });
        },
        // What is written in one turn arrives at once, as it does over a network.
        writev: (chunks, done) => {
          const other = ends[1 - index] as Duplex;
          setImmediate(() => {
            if (!other.destroyed) other.push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)));
            done();
          });
        },
        final: (done) => {
          const other = ends[1 - index] as Duplex;
          if (!other.destroyed) other.push(null);
          done();
        },
      }),
  );
  return ends as [Duplex, Duplex];
}

// biome-ignore lint/suspicious/noExplicitAny: rhea leaves its events untyped
type Events = any;

/** A peer that plays a broker, and what it was told. */
class Peer {
  readonly socket: Duplex;
  readonly far: Duplex;
  readonly container: Events = rhea.create_container({ id: "broker" });
  readonly passwords: string[] = [];

  constructor(receiverOptions: object = {}) {
    [this.socket, this.far] = line();
    for (const event of ["error", "disconnected", "connection_close", "session_close"]) {
      this.container.on(event, () => {});
    }
    this.container.sasl_server_mechanisms.enable_plain((user: string, password: string) => {
      this.passwords.push(`${user}/${password}`);
      return user !== "nobody";
    });
    this.container.on("sender_draining", ({ sender }: Events) => sender.set_drained(true));
    const options = { receiver_options: receiverOptions, properties: { product: "Peer", version: "1" } };
    const limits = { idle_time_out: 600, session_buffer_size: 10_000 };
    this.container.create_connection({ ...options, ...limits, reconnect: false }).accept(this.far);
  }
}

const OPTIONS: OpenOptions = {
  containerId: "test",
  hostname: undefined,
  mechanisms: [plain({ username: "pörthos", password: "pässwörd" })],
  idleTimeoutMs: 5_000,
  properties: {},
  signal: new AbortController().signal,
  onStage: () => {},
};

const driver: LaneDriver = lanesOfRhea(systemClock, 1_000);
const opened: Lanes[] = [];

async function open(peer: Peer, options: Partial<OpenOptions> = {}, by = driver): Promise<Lanes> {
  const lanes = await by.open(peer.socket, { ...OPTIONS, ...options });
  opened.push(lanes);
  return lanes;
}

afterEach(() => {
  for (const lanes of opened.splice(0)) lanes.destroy();
});

const RECEIVE: ReceiveLaneOptions = {
  source: { address: "q" },
  credit: 10,
  settlements: { accept: "accepted", release: "released", reject: "rejected" },
  cancelBy: "drain",
};

const IDLE = { onOutcome: () => {}, onCredit: () => {}, onLost: () => {} };

function bytes(body: string): Buffer {
  const message = {
    body: new TextEncoder().encode(body),
    contentType: undefined,
    correlationId: undefined,
    replyTo: undefined,
    ttlMs: undefined,
    headers: new Map(),
    durable: false,
  };
  return encode(message, { to: undefined, subject: undefined });
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(condition()).toBe(true);
}

describe("a connection", () => {
  test("tells what the peer says of itself", async () => {
    const { peer } = await open(new Peer());
    expect([peer.product, peer.version]).toEqual(["Peer", "1"]);
  });

  test("proves itself with a password that is not ASCII, whole", async () => {
    const peer = new Peer();
    await open(peer);
    expect(peer.passwords).toEqual(["pörthos/pässwörd"]);
  });

  test("fails when the credentials are refused, without saying them", async () => {
    const nobody = plain({ username: "nobody", password: "secret" });
    const failed = open(new Peer(), { mechanisms: [nobody] }).catch((error: Error) => error.message);
    expect(await failed).toMatch(/Failed to authenticate/);
  });

  test("tells how far the handshake has come", async () => {
    const stages: string[] = [];
    await open(new Peer(), { onStage: (stage) => stages.push(stage) });
    expect(stages.filter((stage, index) => stage !== stages[index - 1])).toEqual([
      "silent",
      "authenticating",
      "opening",
    ]);
  });

  test("tells a broker that hung up without a reason from a line with nobody at its end", async () => {
    const broker = new Peer();
    broker.container.sasl_server_mechanisms.PLAIN = () => ({ start: () => broker.far.end() });
    await expect(open(broker)).rejects.toBeInstanceOf(HungUp);
    const [socket, far] = line();
    far.end();
    await expect(driver.open(socket, OPTIONS)).rejects.toBeUndefined();
  });

  test("keeps an idle line alive, as the peer wants it", async () => {
    const peer = new Peer();
    const lanes = await open(peer);
    let lost = false;
    lanes.onLost(() => {
      lost = true;
    });
    // The peer announced 600 ms, and gives up after twice that.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(lost).toBe(false);
  });

  test("gives up a peer that says nothing for twice the idle timeout", async () => {
    const peer = new Peer();
    const lanes = await open(peer, { idleTimeoutMs: 100 });
    const cause = new Promise<unknown>((resolve) => lanes.onLost(resolve));
    peer.far.pause();
    (peer.far as Duplex & { write: unknown }).write = () => true;
    expect(String(await cause)).toMatch(/silent/);
  });

  test("closes in good order, and tells nobody that it was lost", async () => {
    const lanes = await open(new Peer());
    let told = "";
    lanes.onLost(() => {
      told += "lost";
    });
    lanes.whenGone(() => {
      told += "gone";
    });
    await lanes.close();
    expect(told).toBe("gone");
  });
});

describe("a send lane", () => {
  test("tells each message's outcome by its number", async () => {
    const peer = new Peer({ autoaccept: false });
    peer.container.on("message", async ({ message, delivery }: Events) => {
      const text = message.body.content.toString();
      await new Promise((resolve) => setTimeout(resolve, text.charCodeAt(0) % 8));
      if (text === "a") delivery.accept();
      else if (text === "b") delivery.release();
      else delivery.reject({ condition: "amqp:resource-limit-exceeded", description: "full" });
    });
    const outcomes: unknown[] = [];
    const lane = await (await open(peer)).openSend(
      { address: "q" },
      { ...IDLE, onOutcome: (number, { kind, condition }) => outcomes.push([number, kind, condition]) },
    );
    await until(() => lane.canSend);
    const numbers = ["a", "b", "c"].map((text) => lane.send(bytes(text)));
    await until(() => outcomes.length === 3);
    // In whatever order the peer settled them.
    expect(outcomes).toHaveLength(3);
    expect(outcomes).toEqual(
      expect.arrayContaining([
        [numbers[0], "accepted", undefined],
        [numbers[1], "released", undefined],
        [numbers[2], "rejected", "amqp:resource-limit-exceeded"],
      ]),
    );
  });

  test("can send no more than there is credit for, within a turn too", async () => {
    const peer = new Peer({ credit_window: 0 });
    peer.container.on("receiver_open", ({ receiver }: Events) => receiver.add_credit(3));
    const lane = await (await open(peer)).openSend({ address: "q" }, IDLE);
    await until(() => lane.canSend);
    let sent = 0;
    while (lane.canSend && sent < 10) {
      lane.send(bytes("x"));
      sent++;
    }
    expect(sent).toBe(3);
  });

  test("whose session is worn out takes nothing more, and is replaced when all outcomes are there", async () => {
    const peer = new Peer({ autoaccept: false });
    const held: Events[] = [];
    peer.container.on("message", ({ delivery }: Events) => held.push(delivery));
    const lanes = await open(peer, {}, lanesOfRhea(systemClock, 1_000, 3));
    const told: string[] = [];
    const lane = await lanes.openSend(
      { address: "q" },
      {
        onOutcome: (_number, { kind }) => told.push(kind),
        onCredit: () => {},
        onLost: (fault) => told.push((fault as Error).message),
      },
    );
    await until(() => lane.canSend);
    // The last one finds it worn out by those that were written in the turns before.
    for (let sent = 1; lane.canSend; sent++) {
      lane.send(bytes("x"));
      await until(() => held.length === sent);
    }
    expect(held).toHaveLength(4);
    for (const delivery of held) delivery.accept();
    await until(() => told.length === 5);
    const replaced = "its session has carried 3 transfers, and is replaced";
    expect(told).toEqual(["accepted", "accepted", "accepted", "accepted", replaced]);
    const next = await lanes.openSend({ address: "q" }, IDLE);
    await until(() => next.canSend);
  });

  test("is refused too when the peer opens and closes it in one breath", async () => {
    const peer = new Peer();
    peer.container.on("receiver_open", ({ receiver }: Events) => {
      peer.far.cork();
      receiver.close({ condition: "amqp:not-found", description: "no" });
      setImmediate(() => peer.far.uncork());
    });
    const refused = (await open(peer)).openSend({ address: "missing" }, IDLE);
    await expect(refused).rejects.toMatchObject({ condition: "amqp:not-found" });
  });

  test("is refused when the peer ends its session with it in one breath", async () => {
    const peer = new Peer();
    peer.container.on("receiver_open", ({ session }: Events) => {
      peer.far.cork();
      session.close({ condition: "amqp:not-found", description: "no" });
      setImmediate(() => peer.far.uncork());
    });
    const refused = (await open(peer)).openSend({ address: "missing" }, IDLE);
    await expect(refused).rejects.toMatchObject({ condition: "amqp:not-found" });
  });

  test("is refused with the peer's reason, and the connection lives", async () => {
    const peer = new Peer();
    peer.container.on("receiver_open", ({ receiver }: Events) => {
      if (receiver.target.address === "missing")
        receiver.close({ condition: "amqp:not-found", description: "no" });
    });
    const lanes = await open(peer);
    const refused = (async () => {
      const lost = new Promise((resolve, reject) => {
        lanes.openSend({ address: "missing" }, { ...IDLE, onLost: reject }).catch(reject);
        setTimeout(resolve, 500);
      });
      return await lost;
    })();
    await expect(refused).rejects.toMatchObject({ condition: "amqp:not-found" });
    await expect(lanes.openSend({ address: "other" }, IDLE)).resolves.toBeDefined();
  });
});

describe("a receive lane", () => {
  interface Setup {
    readonly peer: Peer;
    readonly lane: ReceiveLane;
    readonly tags: number[];
    readonly outcomes: string[];
    readonly undecodable: string[];
    send(...messages: (Buffer | string)[]): void;
    /** Sends one that the peer then wants back, unsettled as it is. */
    sendForAWhile(message: string): { takeBack(): void };
  }

  async function receive(
    options: Partial<ReceiveLaneOptions> = {},
    onSession: (session: Events) => void = () => {},
  ): Promise<Setup> {
    const peer = new Peer();
    const outcomes: string[] = [];
    let sender: Events;
    peer.container.on("sender_open", (context: Events) => {
      sender = context.sender;
      onSession(context.session);
    });
    for (const kind of ["accepted", "released", "rejected", "modified"]) {
      peer.container.on(kind, ({ delivery }: Events) => outcomes.push(`${delivery.id} ${kind}`));
    }
    const tags: number[] = [];
    const undecodable: string[] = [];
    const lane = await (await open(peer)).openReceive(
      { ...RECEIVE, ...options },
      {
        onDelivery: (_lane, tag) => tags.push(tag),
        onUndecodable: (reason) => undecodable.push(reason.message),
        onLost: () => {},
      },
    );
    const send = (...messages: (Buffer | string)[]): void => {
      for (const message of messages)
        sender.send(typeof message === "string" ? bytes(message) : message, undefined, 0);
    };
    const sendForAWhile = (message: string): { takeBack(): void } => {
      const delivery = sender.send(bytes(message), undefined, 0);
      return { takeBack: () => delivery.update(false, (rhea as Events).message.released().described()) };
    };
    return { peer, lane, tags, outcomes, undecodable, send, sendForAWhile };
  }

  test("whose session is worn out is replaced when what it has handed over is settled", async () => {
    const peer = new Peer();
    let sender: Events;
    peer.container.on("sender_open", (context: Events) => {
      sender = context.sender;
    });
    const outcomes: string[] = [];
    peer.container.on("accepted", ({ delivery }: Events) => outcomes.push(`${delivery.id} accepted`));
    const tags: number[] = [];
    const lost: string[] = [];
    const lanes = await open(peer, {}, lanesOfRhea(systemClock, 1_000, 3));
    const lane = await lanes.openReceive(RECEIVE, {
      onDelivery: (_lane, tag) => tags.push(tag),
      onUndecodable: () => {},
      onLost: (fault) => lost.push((fault as Error).message),
    });
    for (const text of ["a", "b", "c"]) sender.send(bytes(text), undefined, 0);
    await until(() => tags.length === 3);
    for (const tag of tags.slice(1)) lane.settle(tag, "accept");
    expect(lost).toEqual([]);
    lane.settle(tags[0] as number, "accept");
    expect(lost).toEqual(["its session has carried 3 transfers, and is replaced"]);
    await until(() => outcomes.length === 3);
  });

  test("neighbours that are settled differently in one turn keep their own outcomes", async () => {
    const { lane, tags, outcomes, send } = await receive();
    send("a", "b", "c", "d", "e", "f");
    await until(() => tags.length === 6);
    const ways = ["accept", "release", "reject", "release", "accept", "accept"] as const;
    for (const [index, how] of ways.entries()) lane.settle(tags[index] ?? -1, how);
    await until(() => outcomes.length >= 6);
    const kinds = outcomes.filter((text) => !text.endsWith("modified")).map((text) => text.split(" ")[1]);
    expect(kinds).toEqual(["accepted", "released", "rejected", "released", "accepted", "accepted"]);
  });

  test("a message that is no message is rejected, and those after it come", async () => {
    const { tags, outcomes, undecodable, send } = await receive();
    send(bytes("good"), Buffer.from("005375a0ff01", "hex"), Buffer.from("not AMQP at all"), bytes("good"));
    await until(() => tags.length === 2 && outcomes.length >= 2);
    expect(undecodable.length).toBe(2);
    expect(outcomes.map((text) => text.split(" ")[1])).toEqual(["rejected", "rejected"]);
  });

  test("what the broker wants back is given back at once, makes room, and is settled late in vain", async () => {
    const { lane, tags, outcomes, send, sendForAWhile } = await receive({ credit: 1 });
    const slow = sendForAWhile("slow");
    await until(() => tags.length === 1);
    send("next");
    slow.takeBack();
    await until(() => tags.length === 2);
    for (const tag of tags) lane.settle(tag, "accept");
    await until(() => outcomes.length >= 2);
    const kinds = outcomes.filter((text) => !text.endsWith("modified")).map((text) => text.split(" ")[1]);
    expect(kinds).toEqual(["released", "accepted"]);
  });

  test("one that stays unsettled does not stop those after it", { timeout: 30_000 }, async () => {
    const { lane, tags, send } = await receive({ credit: 100 });
    // rhea's window is 2,048.
    const total = 2_500;
    let sent = 0;
    const feed = (): void => {
      for (; sent < total && sent < tags.length + 500; sent++) send("x");
    };
    feed();
    let settled = 1;
    for (let i = 0; i < 20_000 && tags.length < total; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      // The first delivery is never settled.
      for (; settled < tags.length; settled++) lane.settle(tags[settled] ?? -1, "accept");
      feed();
    }
    expect(tags.length).toBe(total);
  });

  test("as many come as there is credit for, although nobody settles any", { timeout: 30_000 }, async () => {
    const { tags, send } = await receive({ credit: 5_000 });
    // rhea's window is 2,048.
    const total = 3_000;
    for (let sent = 0; sent < total; sent++) send("x");
    await until(() => tags.length === total);
  });

  test("after a cancel nothing comes, what was on its way is given back, and the rest can be settled", async () => {
    const { lane, tags, outcomes, send } = await receive({ credit: 3 });
    send("a");
    await until(() => tags.length === 1);
    const cancelling = lane.cancel();
    send("b");
    await cancelling;
    expect(tags.length).toBe(1);
    lane.settle(tags[0] ?? -1, "accept");
    await until(() => outcomes.some((text) => text.endsWith("accepted")));
  });

  test("a cancel is over when all credit is used up, for then some brokers do not answer the drain", async () => {
    const { peer, lane, outcomes, send } = await receive({ credit: 1 });
    peer.container.removeAllListeners("sender_draining");
    const cancelling = lane.cancel();
    send("a");
    await cancelling;
    await until(() => outcomes.some((text) => text.endsWith("released")));
  });

  test("a close is over when the peer has closed the link, for Artemis may answer the session's end seconds later", async () => {
    const { lane } = await receive({}, (session) => {
      session.on_end = () => {};
    });
    await lane.close();
  });

  test("a cancel is over when the connection goes", async () => {
    const { peer, lane } = await receive();
    peer.container.removeAllListeners("sender_draining");
    const cancelling = lane.cancel();
    peer.far.destroy();
    peer.socket.destroy();
    await cancelling;
  });
});

test("messages pass through both lanes whole, in pieces of a frame too", async () => {
  const peer = new Peer();
  const received: Buffer[] = [];
  peer.container.on("message", ({ message }: Events) => received.push(message.body.content));
  const lane = await (await open(peer)).openSend({ address: "q" }, IDLE);
  await until(() => lane.canSend);
  const large = "x".repeat(3_000_000);
  lane.send(bytes(large));
  await until(() => received.length === 1);
  expect(received[0]?.length).toBe(large.length);
  expect(decode(bytes(large)).message.body.length).toBe(large.length);
});
