import type { Client } from "@porthos-rpc/client";
import type { RpcError } from "@porthos-rpc/protocol";
import type { Lag } from "./lag.js";

/** How much later than its deadline a call may end, on a machine that gives this process its time. */
const GRACE_MS = 250;

type Builder = ReturnType<Client["call"]>;

interface WatchedCall {
  readonly name: string;
  readonly timeoutMs: number;
  readonly startedMs: number;
  endedMs: number | undefined;
}

/** The calls of one test's clients: that each ends, once and in time, and with which errors. */
export class CallWatch {
  readonly errors: unknown[] = [];
  readonly #lag: Lag;
  readonly #calls: WatchedCall[] = [];
  readonly #settled = new Map<object, number>();

  constructor(lag: Lag) {
    this.#lag = lag;
  }

  /** The client, whose calls by `call` are watched from now on. */
  client(client: Client, timeoutMs: number): Client {
    return new Proxy(client, {
      get: (target, property) => {
        if (property === "call")
          return (method: string) => this.#builder(target.call(method), method, timeoutMs);
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** Counts, by the client's own event, how often each of its calls ends. */
  observe(client: Client): void {
    client.on("settled", ({ call }) => this.#settled.set(call, (this.#settled.get(call) ?? 0) + 1));
  }

  /** What was not as promised, in words. To be asked when all clients are closed. */
  complaints(): string[] {
    const unended = this.#calls.filter(({ endedMs }) => endedMs === undefined);
    const twice = [...this.#settled.values()].filter((count) => count > 1);
    return [
      ...unended.map(({ name }) => `${name} has not ended`),
      ...twice.map((count) => `a call ended ${count} times`),
      ...this.#calls.flatMap((call) => this.#lateness(call)),
    ];
  }

  #lateness({ name, timeoutMs, startedMs, endedMs = startedMs }: WatchedCall): string[] {
    const deadlineMs = startedMs + timeoutMs;
    const lateMs = endedMs - deadlineMs;
    const lostMs = lateMs > GRACE_MS ? this.#lag.lostMs(deadlineMs, endedMs) : 0;
    if (lateMs <= GRACE_MS + lostMs) return [];
    return [
      `${name} ended ${Math.round(lateMs)} ms after its deadline, ${Math.round(lostMs)} ms of them the machine's`,
    ];
  }

  #builder(builder: Builder, name: string, defaultMs: number): Builder {
    let timeoutMs = defaultMs;
    const proxy: Builder = new Proxy(builder, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== "function") return value;
        return (...args: readonly unknown[]) => {
          if (property === "withTimeout") timeoutMs = args[0] as number;
          if (property === "withDeadline") timeoutMs = Math.min(timeoutMs, Number(args[0]) - Date.now());
          const startedMs = performance.now();
          const returned: unknown = value.apply(target, args);
          if (returned === target) return proxy;
          this.#follow({ name, timeoutMs, startedMs, endedMs: undefined }, property, returned);
          return returned;
        };
      },
    });
    return proxy;
  }

  /** Streams end when their readers like. */
  #follow(call: WatchedCall, how: string | symbol, returned: unknown): void {
    if (how === "sync" || how === "void") this.#end(call, returned as Promise<unknown>);
    if (how === "async")
      this.#end(
        call,
        (returned as ReturnType<Builder["async"]>).then(({ response }) => response),
      );
  }

  #end(call: WatchedCall, promise: Promise<unknown>): void {
    this.#calls.push(call);
    const ended = (error?: RpcError): void => {
      call.endedMs = performance.now();
      if (error !== undefined) this.errors.push(error);
    };
    promise.then(() => ended(), ended);
  }
}
