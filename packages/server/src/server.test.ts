import { type Extension, type ExtensionHost, RpcError } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { scripted, serving } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";

/** A handler that ends when the test says so. */
function slow() {
  const ends: ((value?: unknown) => void)[] = [];
  const signals: AbortSignal[] = [];
  const handler = (request: { readonly signal: AbortSignal }): Promise<unknown> => {
    signals.push(request.signal);
    return new Promise((resolve) => ends.push(resolve));
  };
  return { handler, ends, signals };
}

function logging(log: string[], name: string): Extension {
  return {
    name,
    apiVersion: 1,
    server: { start: () => void log.push(`start ${name}`), stop: () => void log.push(`stop ${name}`) },
  };
}

/** A promise that the test ends. */
function deferred() {
  let resolve: () => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

describe("listen", () => {
  it("opens nothing before, and resolves once it is consuming", async () => {
    const { server, transport, clock } = scripted();
    expect(transport).toMatchObject({ leases: 0, consumers: [] });
    const consuming = deferred();
    transport.consuming = consuming.promise;
    const listen = watch(server.listen());
    await settle();
    expect(listen.state).toBe("pending");
    consuming.resolve();
    await settle();
    expect(listen.state).toBe("resolved");
    expect(transport.consumer).toMatchObject({ queue: "S", credit: 100 });
    expect(transport.leases).toBe(1);
    expect(clock.timerCount).toBe(0);
  });

  it("listens once, however often it is called", async () => {
    const { server, transport } = scripted();
    const first = server.listen();
    expect(server.listen()).toBe(first);
    await first;
    await server.listen();
    expect(transport.consumers).toHaveLength(1);
    expect(transport.leases).toBe(1);
  });

  it("waits for the transport", async () => {
    const { server, transport } = scripted();
    transport.state = "connecting";
    const listen = watch(server.listen());
    await settle();
    expect(transport.consumers).toEqual([]);
    transport.up();
    await settle();
    expect(listen.state).toBe("resolved");
  });

  it.each(["Config", "Unavailable"] as const)(
    "fails with %s when the transport does, undoes what it opened, and may be called again",
    async (code) => {
      const log: string[] = [];
      const { server, transport, clock, deliver } = scripted({ extensions: [logging(log, "a")] });
      server.register("m", () => "answer");
      transport.state = "connecting";
      const reason = new RpcError(code, "wrong password");
      const listen = watch(server.listen());
      await settle();
      transport.refuseReady(reason);
      await settle();
      expect(listen.error).toBe(reason);
      expect(transport).toMatchObject({ leases: 0, isObserved: false });
      expect(log).toEqual([]);
      transport.up();
      await server.listen();
      deliver();
      expect(transport.last.json).toBe("answer");
      expect(log).toEqual(["start a"]);
      expect(clock.timerCount).toBe(0);
    },
  );

  it("fails when the queue cannot be consumed, and stops the extensions that it started", async () => {
    const log: string[] = [];
    const { server, transport } = scripted({ extensions: [logging(log, "a"), logging(log, "b")] });
    const reason = new RpcError("Config", "the queue exists in another shape");
    transport.consuming = Promise.reject(reason);
    await expect(server.listen()).rejects.toBe(reason);
    expect(log).toEqual(["start a", "start b", "stop b", "stop a"]);
    expect(transport.leases).toBe(0);
    transport.consuming = Promise.resolve();
    await server.listen();
    expect(log.slice(4)).toEqual(["start a", "start b"]);
  });

  it("lets each extension observe once after a failed listen and another", async () => {
    const heard: string[] = [];
    const observing: Extension = {
      name: "observing",
      apiVersion: 1,
      server: { observe: { incoming: ({ call }) => heard.push(call.method) } },
    };
    const { server, transport, deliver } = scripted({ extensions: [observing] });
    server.register("m", () => {});
    transport.consuming = Promise.reject(new RpcError("Config", "no"));
    await expect(server.listen()).rejects.toThrow("no");
    transport.consuming = Promise.resolve();
    await server.listen();
    deliver();
    expect(heard).toEqual(["m"]);
  });

  it("fails when an extension needs what the transport lacks, with both names", async () => {
    const { server, transport } = scripted({
      extensions: [{ name: "cancel", apiVersion: 1, needs: ["topics"] }],
    });
    Object.assign(transport.features, { topics: false });
    await expect(server.listen()).rejects.toThrow(
      new TypeError(
        'createServer: extension "cancel" needs "topics", which transport "scripted" does not have',
      ),
    );
    expect(transport.leases).toBe(0);
  });

  it("fails with Closed on a closed transport", async () => {
    const { server, transport } = scripted();
    await transport.close();
    await expect(server.listen()).rejects.toMatchObject({ code: "Closed" });
    await server.close();
  });

  it("says that the server is closed when that came first, not its transport, which others may use", async () => {
    const { server, transport } = scripted();
    let letGo = (): void => {};
    const ready = new Promise<void>((_, reject) => {
      letGo = () => reject(new RpcError("Closed", "transport memory was closed"));
    });
    Object.assign(transport, { ready: () => ready });
    const listening = server.listen();
    const closing = server.shutdown();
    letGo();
    await expect(listening).rejects.toMatchObject({ code: "Closed", message: "the server of S is closed" });
    await closing;
  });

  it("fails with Closed after the server was closed, each time", async () => {
    const { server, transport } = scripted();
    await server.listen();
    await server.close();
    const fresh = scripted();
    await fresh.server.close();
    for (const closed of [server, fresh.server]) {
      await expect(closed.listen()).rejects.toMatchObject({ code: "Closed", executed: "no" });
      await expect(closed.serveForever()).rejects.toMatchObject({ code: "Closed" });
    }
    expect(fresh.transport).toMatchObject({ leases: 0, consumers: [] });
    expect(transport.leases).toBe(0);
  });
});

describe("a server's methods", () => {
  it("are those that were registered, also while it listens", async () => {
    const { server, transport, deliver } = await serving(() => "m");
    server.register("later", () => "later");
    server.registerWithSpec("described", () => "described", { description: "says its name" });
    for (const method of ["m", "later", "described"]) {
      deliver({ method });
      expect(transport.last.json).toBe(method);
    }
    expect([...server.methods]).toEqual([
      ["m", undefined],
      ["later", undefined],
      ["described", { description: "says its name" }],
    ]);
    expect(server.service).toBe("S");
  });

  it("cannot be registered twice", async () => {
    const { server } = await serving(() => {});
    expect(() => server.register("m", () => {})).toThrow('method "m" has a handler already');
    expect(() => server.registerWithSpec("m", () => {}, { description: "" })).toThrow(TypeError);
  });

  it.each([undefined, null, "Adds one"])("cannot be described by %j", (spec: unknown) => {
    const { server } = scripted();
    expect(() => server.registerWithSpec("m", () => {}, spec as never)).toThrow(
      /option "spec" must be an object/,
    );
    expect(server.methods.size).toBe(0);
  });
});

describe("a server's extensions", () => {
  it("are started with their host before the first request, and stopped in reverse after the last", async () => {
    const log: string[] = [];
    let host: ExtensionHost | undefined;
    const { server, transport, clock, deliver } = scripted({ extensions: [logging(log, "a")] });
    server.addExtension(logging(log, "b"));
    const start = (given: ExtensionHost): void => {
      host = given;
    };
    server.addExtension({ name: "c", apiVersion: 1, server: { start } });
    server.registerWithSpec("m", () => void log.push("run"), { description: "d" });
    await server.listen();
    deliver();
    await server.shutdown();
    expect(log).toEqual(["start a", "start b", "run", "stop b", "stop a"]);
    expect(host).toMatchObject({ service: "S", side: "server", clock });
    expect([...(host?.methods ?? [])]).toEqual([["m", { description: "d" }]]);
    expect(transport.log.at(-1)).toBe("lease released");
  });

  it("may send messages of their own", async () => {
    let host: ExtensionHost | undefined;
    const shipper: Extension = {
      name: "c",
      apiVersion: 1,
      server: {
        start: (given) => {
          host = given;
        },
      },
    };
    const { transport, deliver } = await serving(() => {}, { extensions: [shipper] });
    const { message } = deliver();
    await expect(host?.send("porthos.metrics", message)).resolves.toEqual({ kind: "accepted" });
    expect(transport.sent).toEqual([{ queue: "porthos.metrics", message }]);
  });

  it("cannot be added once it listens", async () => {
    const { server } = await serving(() => {});
    expect(() => server.addExtension({ name: "late", apiVersion: 1 })).toThrow(
      new TypeError("addExtension: the server listens already; add it before"),
    );
  });

  it("may be added after a listen that failed", async () => {
    const log: string[] = [];
    const { server, transport } = scripted();
    transport.consuming = Promise.reject(new RpcError("Config", "no"));
    await expect(server.listen()).rejects.toThrow();
    transport.consuming = Promise.resolve();
    server.addExtension(logging(log, "late"));
    await server.listen();
    expect(log).toEqual(["start late"]);
  });

  it("cannot be added when they cannot work", () => {
    const { server } = scripted({ extensions: [{ name: "a", apiVersion: 1 }] });
    expect(() => server.addExtension({ name: "a", apiVersion: 1 })).toThrow('"a" was added twice');
    expect(() => server.addExtension(undefined as never)).toThrow(
      "createServer: expected an extension, got undefined",
    );
  });
});

describe("shutdown", () => {
  it("takes no more, finishes what it has, its answers confirmed, and then closes", async () => {
    const { handler, ends, signals } = slow();
    const { server, transport, clock, deliver } = await serving(handler);
    transport.holdReplies = true;
    const delivery = deliver();
    const shutdown = watch(server.shutdown());
    await settle();
    expect(transport.consumer.cancelled).toBe(true);
    const late = deliver();
    expect(late.settled).toBe("release");
    expect(shutdown.state).toBe("pending");
    ends[0]?.("answer");
    await settle();
    expect(transport.last.json).toBe("answer");
    expect(shutdown.state).toBe("pending");
    transport.last.outcome({ kind: "accepted" });
    await settle();
    expect(shutdown.state).toBe("resolved");
    expect(transport.log).toEqual(["cancel", "release", "reply 200", "accept", "lease released"]);
    expect(delivery.settled).toBe("accept");
    expect(signals[0]?.aborted).toBe(false);
    expect(clock.timerCount).toBe(0);
    expect(transport.isObserved).toBe(false);
  });

  it("gives back what is not finished in time, and aborts its signal", async () => {
    const { handler, ends, signals } = slow();
    const { server, transport, clock, deliver } = await serving(handler);
    const delivery = deliver();
    const shutdown = watch(server.shutdown({ timeoutMs: 500 }));
    await settle();
    clock.advance(499);
    await settle();
    expect([shutdown.state, delivery.settled, signals[0]?.aborted]).toEqual(["pending", undefined, false]);
    clock.advance(1);
    await settle();
    expect([shutdown.state, delivery.settled, signals[0]?.aborted]).toEqual(["resolved", "release", true]);
    ends[0]?.("too late");
    await settle();
    expect(transport.replies).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it("waits 10 s if it is not told how long", async () => {
    const { handler } = slow();
    const { server, clock, deliver } = await serving(handler);
    deliver();
    const shutdown = watch(server.shutdown());
    await settle();
    clock.advance(9_999);
    await settle();
    expect(shutdown.state).toBe("pending");
    clock.advance(1);
    await settle();
    expect(shutdown.state).toBe("resolved");
  });

  it("gives back at once what waits for a slot", async () => {
    const { handler, ends } = slow();
    const { server, deliver } = await serving(handler, { maxInFlight: 1, autoAck: true });
    deliver();
    const waiting = deliver();
    const shutdown = watch(server.shutdown());
    await settle();
    expect(waiting.settled).toBe("release");
    ends[0]?.();
    await settle();
    expect(shutdown.state).toBe("resolved");
    expect(ends).toHaveLength(1);
  });

  it("sends answers again while it waits, if the connection comes back", async () => {
    const { handler, ends } = slow();
    const { server, transport, deliver } = await serving(handler);
    deliver();
    const shutdown = watch(server.shutdown());
    await settle();
    transport.holdReplies = true;
    transport.state = "down";
    ends[0]?.("answer");
    await settle();
    transport.last.outcome({ kind: "unsent" });
    transport.up();
    expect(transport.replies).toHaveLength(2);
    transport.last.outcome({ kind: "accepted" });
    await settle();
    expect(shutdown.state).toBe("resolved");
  });

  it.each([false, true])(
    "tells of each answer that could not be sent by its end, and gives its request back (autoAck: %s)",
    async (autoAck) => {
      const told: string[] = [];
      const shipper: Extension = {
        name: "shipper",
        apiVersion: 1,
        server: {
          observe: { replyLost: ({ outcome }) => told.push(outcome.kind) },
          stop: () => void told.push("stop"),
        },
      };
      const options = { autoAck, extensions: [shipper] };
      const { server, transport, clock, events, deliver } = await serving(() => "answer", options);
      transport.holdReplies = true;
      transport.state = "down";
      const delivery = deliver();
      transport.last.outcome({ kind: "unsent" });
      const shutdown = watch(server.shutdown({ timeoutMs: 500 }));
      await settle();
      clock.advance(500);
      await settle();
      expect(shutdown.state).toBe("resolved");
      expect(delivery.settled).toBe(autoAck ? "accept" : "release");
      expect(events.at(-1)).toMatchObject({
        name: "replyLost",
        event: { call: { method: "m" }, outcome: { kind: "unsent" } },
      });
      expect(told).toEqual(["unsent", "stop"]);
      expect(clock.timerCount).toBe(0);
    },
  );

  it("tells of the answer too with which it gives up a handler, if that cannot be sent", async () => {
    const { handler } = slow();
    const { server, transport, events, deliver } = await serving(handler, { autoAck: true });
    transport.holdReplies = true;
    transport.state = "down";
    deliver();
    const closed = server.close();
    await settle();
    transport.last.outcome({ kind: "unsent" });
    await closed;
    expect(events.filter(({ name }) => name === "replyLost")).toHaveLength(1);
  });

  it("is hurried by a close", async () => {
    const { handler } = slow();
    const { server, clock, deliver } = await serving(handler);
    const delivery = deliver();
    const shutdown = watch(server.shutdown({ timeoutMs: 60_000 }));
    await settle();
    const close = watch(server.close());
    await settle();
    expect([shutdown.state, close.state, delivery.settled]).toEqual(["resolved", "resolved", "release"]);
    expect(clock.timerCount).toBe(0);
  });

  it("is hurried by a close that comes while the broker has not yet stopped delivering", async () => {
    const { handler } = slow();
    const { server, transport, clock, deliver } = await serving(handler);
    const cancelling = deferred();
    transport.cancelling = cancelling.promise;
    deliver();
    const shutdown = watch(server.shutdown({ timeoutMs: 60_000 }));
    void server.close();
    cancelling.resolve();
    await settle();
    expect(shutdown.state).toBe("resolved");
    expect(clock.timerCount).toBe(0);
  });

  it("resolves when it is done, however often it is called", async () => {
    const { server, transport } = await serving(() => {});
    await Promise.all([server.shutdown(), server.shutdown({ timeoutMs: 1 }), server.close()]);
    expect(transport.log).toEqual(["cancel", "lease released"]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2_147_483_648, "1s"])(
    "refuses the time %s",
    (timeoutMs: unknown) => {
      const { server } = scripted();
      expect(() => server.shutdown({ timeoutMs: timeoutMs as number })).toThrow(
        /^shutdown: option "timeoutMs" must be/,
      );
    },
  );

  it("comes at the end of await using", async () => {
    const { server, transport } = await serving(() => {});
    {
      await using used = server;
      expect(used.service).toBe("S");
    }
    expect(transport.leases).toBe(0);
  });
});

describe("a consumer that is lost while the connection stays", () => {
  it("is told as degraded, with what the transport says of it, and not once the server closes", async () => {
    const { server, transport, events } = await serving(() => 1);
    const reason = new RpcError("Config", "the queue has other arguments");
    transport.consumer.onDegraded?.(reason);
    expect(events).toEqual([{ name: "degraded", event: { transport: "scripted", reason } }]);
    await server.close();
    transport.consumer.onDegraded?.(reason);
    expect(events.filter(({ name }) => name === "degraded")).toHaveLength(1);
  });
});

describe("close", () => {
  it("gives back what is running, without waiting, and drops its answers", async () => {
    const { handler, ends, signals } = slow();
    const { server, transport, clock, deliver } = await serving(handler);
    const delivery = deliver({ ttlMs: 60_000 });
    await server.close();
    expect(delivery.settled).toBe("release");
    expect(signals[0]?.aborted).toBe(true);
    ends[0]?.("too late");
    await settle();
    expect(transport.replies).toEqual([]);
    expect(clock.timerCount).toBe(0);
    expect(transport.leases).toBe(0);
  });

  it("comes by itself when its transport was closed, which is told as degraded", async () => {
    const { handler, signals } = slow();
    const { server, transport, clock, events, deliver } = await serving(handler);
    const closed = watch(server.closed);
    deliver({ ttlMs: 60_000 });
    await transport.close();
    await settle();
    expect(closed.state).toBe("resolved");
    expect(events.at(-1)).toMatchObject({
      name: "degraded",
      event: { transport: "scripted", reason: { code: "Closed" } },
    });
    expect(signals[0]?.aborted).toBe(true);
    expect(clock.timerCount).toBe(0);
    expect(transport).toMatchObject({ leases: 0, isObserved: false });
  });

  it("tells no degraded of a transport that is closed after it, or during it", async () => {
    const { handler, ends } = slow();
    const { server, transport, events, deliver } = await serving(handler);
    deliver();
    const shutdown = server.shutdown();
    await transport.close();
    ends[0]?.();
    await shutdown;
    await transport.close();
    expect(events.map(({ name }) => name)).not.toContain("degraded");
  });

  it("has nothing to do before listen, and resolves closed", async () => {
    const { server, transport } = scripted();
    await server.close();
    await server.closed;
    expect(transport).toMatchObject({ leases: 0, consumers: [] });
  });

  it("resolves serveForever, listenAndServe and closed", async () => {
    const { server } = scripted();
    const waits = [server.serveForever(), server.listenAndServe(), server.closed].map(watch);
    await settle();
    expect(waits.map(({ state }) => state)).toEqual(["pending", "pending", "pending"]);
    await server.close();
    await settle();
    expect(waits.map(({ state }) => state)).toEqual(["resolved", "resolved", "resolved"]);
  });

  it("ends a listen that waits for the transport, with Closed", async () => {
    const { server, transport, clock } = scripted();
    transport.state = "connecting";
    const listen = watch(server.listen());
    await settle();
    await server.close();
    await settle();
    expect(listen.error).toMatchObject({ code: "Closed" });
    expect(transport).toMatchObject({ leases: 0, consumers: [] });
    expect(clock.timerCount).toBe(0);
  });

  it("keeps a listen that waited for a shared transport from starting extensions", async () => {
    const log: string[] = [];
    const { server, transport } = scripted({ extensions: [logging(log, "a")] });
    const lease = transport.acquire();
    transport.state = "connecting";
    const listen = watch(server.listen());
    await settle();
    await server.close();
    transport.up();
    await settle();
    expect(listen.error).toMatchObject({ code: "Closed" });
    expect(log).toEqual([]);
    expect(transport.consumers).toEqual([]);
    await lease.release();
  });

  it("undoes a listen whose extensions are starting", async () => {
    const log: string[] = [];
    const starting = deferred();
    const slowStart: Extension = {
      name: "slow",
      apiVersion: 1,
      server: {
        start: () => starting.promise,
        stop: () => void log.push("stop slow"),
      },
    };
    const { server, transport } = scripted({ extensions: [logging(log, "a"), slowStart, logging(log, "b")] });
    const listen = watch(server.listen());
    await settle();
    await server.close();
    expect(log).toEqual(["start a", "stop a"]);
    starting.resolve();
    await settle();
    expect(listen.error).toMatchObject({ code: "Closed" });
    expect(log).toEqual(["start a", "stop a", "stop slow"]);
    expect(transport).toMatchObject({ leases: 0, consumers: [] });
  });

  it("cancels a consumer that comes only after it", async () => {
    const { server, transport } = scripted();
    const consuming = deferred();
    transport.consuming = consuming.promise;
    const listen = watch(server.listen());
    await settle();
    await server.close();
    consuming.resolve();
    await settle();
    expect(listen.error).toMatchObject({ code: "Closed" });
    expect(transport.consumer.cancelled).toBe(true);
    expect(transport.leases).toBe(0);
  });

  it("waits for extensions to stop, and is not kept by one that fails to", async () => {
    const stopping = deferred();
    const failing: Extension = {
      name: "failing",
      apiVersion: 1,
      server: { stop: () => Promise.reject(new Error("not flushed")) },
    };
    const slowStop: Extension = { name: "slow", apiVersion: 1, server: { stop: () => stopping.promise } };
    const { server, events } = scripted({ extensions: [failing, slowStop] });
    await server.listen();
    const close = watch(server.close());
    await settle();
    expect(close.state).toBe("pending");
    stopping.resolve();
    await settle();
    expect(close.state).toBe("resolved");
    expect(events.at(-1)).toMatchObject({
      name: "extensionError",
      event: { extension: "failing", during: "stop" },
    });
  });
});
