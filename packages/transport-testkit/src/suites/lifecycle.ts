import assert from "node:assert/strict";
import type { Transport } from "@porthos-rpc/protocol";
import type { Bench } from "../bench/bench.js";
import { type Suite, suite, type TransportCase } from "../transport-case.js";
import { assertFeatures, assertRpcError } from "./assertions.js";

/** What needs a transport that was not closed, and how it says so. */
const AFTER_CLOSE: readonly (readonly [
  slug: string,
  call: string,
  act: (transport: Transport) => unknown,
])[] = [
  ["ready", "ready()", (transport) => transport.ready()],
  ["acquire", "acquire()", async (transport) => transport.acquire()],
  ["consume", "consume()", (transport) => transport.consume("nobody", { credit: 1 }, () => {})],
  ["open-inbox", "openInbox()", (transport) => transport.openInbox({ onMessage: () => {} })],
  ["subscribe", "subscribe()", (transport) => transport.subscribe("nobody", () => {})],
];

const afterClose: TransportCase[] = AFTER_CLOSE.map(([slug, call, act]) => ({
  id: `closed-${slug}`,
  title: `after close(), ${call} fails with the code Closed`,
  async run(bench) {
    const transport = await bench.up();
    await bench.close(transport);
    const error = await bench.within(
      `${call} to fail`,
      Promise.resolve(act(transport)).then(fine, (e: unknown) => e),
    );
    assertRpcError(error, "Closed");
  },
}));

/** What starts a transport that nobody has started, beside `acquire()` and `ready()`. */
const STARTS: readonly (readonly [
  slug: string,
  call: string,
  start: (bench: Bench, transport: Transport) => unknown,
])[] = [
  ["consume", "consume()", (bench, transport) => bench.consume(transport, bench.queueName())],
  ["open-inbox", "openInbox()", (bench, transport) => bench.openInbox(transport)],
  ["subscribe", "subscribe()", (bench, transport) => bench.subscribe(transport, bench.topicName())],
];

const starts: TransportCase[] = STARTS.map(([slug, call, start]) => ({
  id: `${slug}-starts`,
  title: `${call} starts a transport that nobody has started; it is up when ${call} resolves`,
  needs: { features: slug === "subscribe" ? ["topics"] : [] },
  async run(bench) {
    const transport = await bench.create();
    await start(bench, transport);
    assert.equal(transport.state, "up");
  },
}));

function fine(): string {
  return "no error at all";
}

/** The life of a transport as its users see it: `name`, `features`, `state`, `ready()`. */
export const lifecycle: Suite = suite("lifecycle", [
  {
    id: "name",
    title: "a transport has a short name",
    async run(bench) {
      const { name } = await bench.create();
      assert.match(name, /^[a-z][a-z0-9-]{1,30}$/);
    },
  },
  {
    id: "new-is-idle",
    title: "a new transport is idle: it connects to nothing before somebody wants it",
    async run(bench) {
      const transport = await bench.create();
      await bench.quiet();
      assert.equal(transport.state, "idle");
    },
  },
  {
    id: "features-expected",
    title: "before the first connection a transport says what it expects of each feature",
    async run(bench) {
      assertFeatures((await bench.create()).features);
    },
  },
  {
    id: "features-found",
    title: "a transport that is ready says of each feature whether it has it, each time the same",
    async run(bench) {
      const { features } = await bench.up();
      assertFeatures(features);
      assert.deepEqual({ ...features }, { ...bench.features });
    },
  },
  {
    id: "ready-starts",
    title: "ready() starts the transport; it is up when ready() resolves",
    async run(bench) {
      const transport = await bench.create();
      await bench.ready(transport);
      assert.equal(transport.state, "up");
    },
  },
  {
    id: "ready-can-send",
    title: "a transport can send as soon as ready() resolves",
    async run(bench) {
      const other = await bench.up();
      const queue = await bench.declareQueue(other);
      const transport = await bench.create();
      transport.acquire();
      await bench.ready(transport);
      assert.equal(await bench.send(transport, queue).kind(), "accepted");
    },
  },
  {
    id: "ready-again",
    title: "ready() on a transport that is up resolves at once",
    async run(bench) {
      const transport = await bench.up();
      await bench.ready(transport);
      await bench.ready(transport);
      assert.equal(transport.state, "up");
    },
  },
  {
    id: "ready-concurrent",
    title: "ready() may be called many times at once; each resolves, and one connection is made",
    async run(bench) {
      const transport = await bench.create();
      const ups = bench.listen(transport, "up");
      await Promise.all(Array.from({ length: 20 }, () => bench.ready(transport)));
      await bench.quiet();
      assert.equal(ups.count, 1);
    },
  },
  {
    id: "acquire-starts",
    title: "acquire() starts the transport; it comes up without ready()",
    async run(bench) {
      const transport = await bench.create();
      transport.acquire();
      assert.notEqual(transport.state, "idle");
      await bench.upAgain(transport);
    },
  },
  {
    id: "connecting",
    title: "between the start and the first connection the state is connecting, then up",
    async run(bench) {
      const transport = await bench.create();
      transport.acquire();
      assert.ok(["connecting", "up"].includes(transport.state), transport.state);
      await bench.ready(transport);
      assert.equal(transport.state, "up");
    },
  },
  ...starts,
  ...afterClose,
  {
    id: "ready-while-down",
    title: "ready() on a transport that is down resolves when it is up again",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      let waiting: Promise<void> | undefined;
      const stop = transport.on("down", () => {
        stop();
        waiting = transport.ready().then(() => assert.equal(transport.state, "up"));
      });
      await bench.cut(transport);
      assert.ok(waiting !== undefined);
      await bench.within("ready() after the cut", waiting, bench.waits.reconnectMs);
    },
  },
  {
    id: "ready-broker-away",
    title: "ready() fails with Unavailable, in bounded time, when the broker is not there",
    needs: { broker: ["stop", "start"] },
    async run(bench) {
      const transport = await bench.create();
      await bench.broker.stop();
      const failed = transport.ready().then(fine, (error: unknown) => error);
      assertRpcError(await bench.within("ready() to give up", failed, bench.waits.brokerMs), "Unavailable");
    },
  },
  {
    id: "ready-second-chance",
    title: "a transport whose start failed can be started again",
    needs: { broker: ["stop", "start"] },
    async run(bench) {
      const transport = await bench.create();
      await bench.broker.stop();
      const failed = transport.ready().then(fine, (error: unknown) => error);
      assertRpcError(await bench.within("ready() to give up", failed, bench.waits.brokerMs), "Unavailable");
      await bench.broker.start();
      await bench.ready(transport);
      assert.equal(transport.state, "up");
    },
  },
  {
    id: "broker-comes-late",
    title: "a transport that was started before its broker comes up when the broker does",
    needs: { broker: ["stop", "start"] },
    async run(bench) {
      const transport = await bench.create();
      await bench.broker.stop();
      transport.acquire();
      await bench.quiet();
      assert.equal(transport.state, "connecting");
      await bench.broker.start();
      await bench.upAgain(transport);
    },
  },
]);
