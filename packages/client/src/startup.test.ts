import { type Extension, type ExtensionHost, RpcError, type SendOutcome } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { scripted } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";

/** An extension whose starts end when the test says so. */
function slow(log: string[], needs: Extension["needs"] = []) {
  const starts: { succeed(): void; fail(error: Error): void }[] = [];
  const extension: Extension = {
    name: "slow",
    apiVersion: 1,
    needs,
    client: {
      start: () =>
        new Promise((resolve, reject) => {
          log.push("start");
          starts.push({ succeed: resolve, fail: reject });
        }),
      stop: () => {
        log.push("stop");
      },
    },
  };
  return { extension, starts };
}

describe("the start of a client's extensions", () => {
  it("is waited for by many calls of one signal, which hears of no leak", async () => {
    const { extension, starts } = slow([]);
    const { client, transport } = scripted({ extensions: [extension] });
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    const calls = Array.from({ length: 20 }, () => watch(client.call("a").withSignal(signal).sync()));
    await settle();
    // Node warns of more than ten.
    expect(listeners).toBe(1);
    starts[0]?.succeed();
    await settle();
    for (const request of transport.sent) request.reply();
    await settle();
    expect(calls.every(({ state }) => state === "resolved")).toBe(true);
  });

  it("comes with the first call, once, and calls wait for it", async () => {
    const log: string[] = [];
    const { extension, starts } = slow(log);
    const { client, transport, clock } = scripted({ extensions: [extension] });
    expect(log).toEqual([]);
    const calls = [client.call("a"), client.call("b")].map((call) => watch(call.sync()));
    await settle();
    expect(log).toEqual(["start"]);
    expect(transport.sent).toEqual([]);
    starts[0]?.succeed();
    await settle();
    expect(transport.sent).toHaveLength(2);
    for (const request of transport.sent) request.reply();
    await settle();
    expect(calls.map(({ state }) => state)).toEqual(["resolved", "resolved"]);
    await client.close();
    expect(log).toEqual(["start", "stop"]);
    expect(clock.timerCount).toBe(0);
  });

  it("tells an extension where it is, and sends for it", async () => {
    let host: ExtensionHost | undefined;
    const extension: Extension = {
      name: "shipper",
      apiVersion: 1,
      client: {
        start: (given) => {
          host = given;
        },
      },
    };
    const { client, transport, clock } = scripted({ extensions: [extension] });
    void watch(client.call("m").sync());
    await settle();
    expect(host).toMatchObject({ service: "S", side: "client", clock });
    expect(host?.methods.size).toBe(0);
    const outcome: Promise<SendOutcome> | undefined = host?.send("porthos.metrics", transport.last.message);
    expect(transport.last.queue).toBe("porthos.metrics");
    transport.last.outcome({ kind: "unroutable" });
    await expect(outcome).resolves.toEqual({ kind: "unroutable" });
  });

  it("counts as a part of the call's time", async () => {
    const { extension, starts } = slow([]);
    const { client, transport, clock } = scripted({ extensions: [extension] });
    const call = watch(client.call("m").sync());
    await settle();
    clock.advance(400);
    starts[0]?.succeed();
    await settle();
    expect(transport.last.message.ttlMs).toBe(600);
    clock.advance(720);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout", executed: "maybe" });
    expect(clock.timerCount).toBe(0);
  });

  it("ends the calls that wait for it at their deadline, not executed", async () => {
    const { extension } = slow([]);
    const { client, clock } = scripted({ extensions: [extension] });
    const call = watch(client.call("m").sync());
    await settle();
    clock.advance(1_000);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout", executed: "no" });
    expect((call.error as Error).message).toBe("S.m: extensions did not start within 1000 ms");
    await client.close();
    expect(clock.timerCount).toBe(0);
  });

  it("does not hold a call that is cancelled", async () => {
    const { extension } = slow([]);
    const { client, clock } = scripted({ extensions: [extension] });
    const slot = await client.call("m").async();
    const response = watch(slot.response);
    await settle();
    slot.cancel();
    await settle();
    expect(response.error).toMatchObject({ code: "Cancelled", executed: "no" });
    await client.close();
    expect(clock.timerCount).toBe(0);
  });

  it("fails the calls that wait for it with its reason, and is tried again by the next call", async () => {
    const log: string[] = [];
    const { extension, starts } = slow(log);
    const { client, transport, clock } = scripted({ extensions: [extension] });
    const calls = [client.call("a"), client.call("b")].map((call) => watch(call.sync()));
    await settle();
    const failure = new Error("port in use");
    starts[0]?.fail(failure);
    await settle();
    for (const [i, { error }] of calls.entries()) {
      expect(error).toMatchObject({ code: "Config", message: `S.${"ab"[i]}: port in use`, cause: failure });
    }
    const next = watch(client.call("c").sync());
    await settle();
    starts[1]?.succeed();
    await settle();
    transport.last.reply();
    await settle();
    expect(next.state).toBe("resolved");
    expect(log).toEqual(["start", "start"]);
    expect(clock.timerCount).toBe(0);
  });

  it("waits for the transport only if an extension needs something of it", async () => {
    const log: string[] = [];
    const needy = slow(log, ["topics"]);
    const { client, transport } = scripted({ extensions: [needy.extension] });
    transport.state = "connecting";
    void watch(client.call("m").sync());
    await settle();
    expect(log).toEqual([]);
    transport.up();
    await settle();
    expect(log).toEqual(["start"]);
    const other = scripted({ extensions: [slow(log).extension] });
    other.transport.state = "connecting";
    void watch(other.client.call("m").sync());
    await settle();
    expect(log).toEqual(["start", "start"]);
  });

  it("fails the call, with both names, when the transport lacks what an extension needs", async () => {
    const { client, transport } = scripted({ extensions: [slow([], ["topics"]).extension] });
    Object.assign(transport.features, { topics: false });
    await expect(client.call("m").sync()).rejects.toMatchObject({
      code: "Config",
      message: 'S.m: createClient: extension "slow" needs "topics", which transport "scripted" does not have',
    });
  });

  it("fails the call with what kept the transport from getting ready", async () => {
    const { client, transport } = scripted({ extensions: [slow([], ["topics"]).extension] });
    transport.state = "connecting";
    const call = watch(client.call("m").sync());
    await settle();
    const reason = new RpcError("Config", "wrong password");
    transport.refuseReady(reason);
    await settle();
    expect(call.error).toBe(reason);
  });

  it("is undone, and its calls end with Closed, when the client is closed meanwhile", async () => {
    const log: string[] = [];
    const { extension, starts } = slow(log);
    const { client, transport, clock } = scripted({ extensions: [extension] });
    const call = watch(client.call("m").sync());
    await settle();
    await client.close();
    await settle();
    expect(call.error).toMatchObject({ code: "Closed", executed: "no" });
    expect(transport.leases).toBe(0);
    starts[0]?.succeed();
    await settle();
    expect(log).toEqual(["start", "stop"]);
    expect(transport.sent).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it("does not begin when the client is closed while it waits for the transport", async () => {
    const log: string[] = [];
    const { client, transport, clock } = scripted({ extensions: [slow(log, ["topics"]).extension] });
    transport.state = "connecting";
    const lease = transport.acquire();
    const call = watch(client.call("m").sync());
    await settle();
    await client.close();
    transport.up();
    await settle();
    expect(call.error).toMatchObject({ code: "Closed", executed: "no" });
    expect(log).toEqual([]);
    expect(clock.timerCount).toBe(0);
    await lease.release();
  });
});
