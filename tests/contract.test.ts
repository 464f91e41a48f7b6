import { type Client, type ContractClientOptions, createClient, RpcError } from "@porthos-rpc/client";
import {
  type AnyContract,
  bytes,
  ContractError,
  contract,
  isContractError,
  method,
  notification,
  stream,
} from "@porthos-rpc/contract";
import { valuesCodec } from "@porthos-rpc/protocol";
import {
  type ContractServerOptions,
  createServer,
  type Server,
  type ServerHandlers,
} from "@porthos-rpc/server";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Arrivals } from "./arrivals.js";
import { type Row, rows } from "./rows.js";
import { Stage } from "./stage.js";

const calculator = contract("CalculatorService", {
  addOne: method({
    description: "Adds one",
    input: z.object({ value: z.number(), note: z.string().default("none") }),
    output: z.object({ original_value: z.number(), value_plus_one: z.number(), note: z.string() }),
    idempotent: true,
    errors: {
      tooLarge: { status: 422, data: z.object({ max: z.number() }) },
      closed: { status: 503 },
    },
  }),
  log: notification({ input: z.tuple([z.string(), z.string()]) }),
  now: method({ output: z.object({ at: z.string() }) }),
  reverse: method({ input: bytes({ contentType: "image/png" }), output: bytes() }),
  countTo: stream({
    input: z.object({ to: z.number() }),
    output: z.number(),
    errors: { tooFar: { status: 422, data: z.object({ max: z.number() }) } },
  }),
  sum: stream({ upload: z.number(), result: z.object({ sum: z.number(), items: z.number() }) }),
  running: stream({ input: z.object({ from: z.number() }), upload: z.number(), output: z.number() }),
});

type Calculator = typeof calculator;

const working: ServerHandlers<Calculator> = {
  addOne: ({ value, note }, { errors }) => {
    if (value > 1e9) throw errors.tooLarge({ max: 1e9 });
    if (value < 0) throw errors.closed();
    return { original_value: value, value_plus_one: value + 1, note };
  },
  log: () => {},
  now: () => ({ at: "noon" }),
  reverse: (image) => image.slice().reverse(),
  async *countTo({ to }, { signal, errors }) {
    if (to > 1_000_000) throw errors.tooFar({ max: 1_000_000 });
    for (let n = 1; n <= to && !signal.aborted; n++) yield n;
  },
  sum: async (_, { upload }) => {
    let [sum, items] = [0, 0];
    for await (const n of upload) {
      sum += n;
      items++;
    }
    return { sum, items };
  },
  async *running({ from }, { upload }) {
    let sum = from;
    for await (const n of upload) {
      sum += n;
      yield sum;
    }
  },
};

/** A service and its caller by a contract, each on a transport of its own. */
class Ends<C extends AnyContract> implements AsyncDisposable {
  readonly server: Server<C>;
  readonly client: Client<C>;
  readonly #stage: Stage;

  private constructor(stage: Stage, server: Server<C>, client: Client<C>) {
    this.#stage = stage;
    this.server = server;
    this.client = client;
  }

  static async open<C extends AnyContract>(
    row: Row,
    contract: C,
    handlers: ServerHandlers<C>,
    options: {
      readonly client?: Partial<ContractClientOptions<C>>;
      readonly server?: Partial<ContractServerOptions<C>>;
    } = {},
  ): Promise<Ends<C>> {
    const stage = new Stage(row, "contract");
    const { service } = stage;
    const server = createServer<C>({
      contract,
      service,
      ...options.server,
      transport: await stage.transport(),
    });
    stage.add(server);
    server.implement(handlers);
    await server.listen();
    const client = createClient<C>({
      contract,
      service,
      timeoutMs: 10_000,
      ...options.client,
      transport: await stage.transport(),
    });
    stage.add(client);
    return new Ends(stage, server, client);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stage[Symbol.asyncDispose]();
  }
}

async function failureOf(call: Promise<unknown>): Promise<RpcError> {
  const error = await call.then(
    () => new Error("the call did not fail"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof RpcError)) throw error;
  return error;
}

describe.each(rows)("a contract over %s", (_title, row) => {
  test("gives both ends their methods: values, nothing, one way, bytes", async () => {
    const logged = new Arrivals<readonly [string, string]>("a line");
    await using ends = await Ends.open(row, calculator, { ...working, log: logged.add });
    const { methods } = ends.client;
    expect(await methods.addOne({ value: 20 })).toEqual({
      original_value: 20,
      value_plus_one: 21,
      note: "none",
    });
    expect(await methods.now({ timeoutMs: 5_000 })).toEqual({ at: "noon" });
    await methods.log(["INFO", "nobody answers this"]);
    expect(await logged.next()).toEqual(["INFO", "nobody answers this"]);
    expect(await methods.reverse(Uint8Array.of(1, 2, 255))).toEqual(Uint8Array.of(255, 2, 1));
  });

  test("streams: to the client, from the client, both ways", async () => {
    await using ends = await Ends.open(row, calculator, working);
    const { methods } = ends.client;
    const counted: number[] = [];
    for await (const n of methods.countTo({ to: 3 })) counted.push(n);
    expect(counted).toEqual([1, 2, 3]);
    expect(await methods.sum([1, 2, 3, 4])).toEqual({ sum: 10, items: 4 });
    const sums: number[] = [];
    for await (const n of methods.running({ from: 10 }, [1, 2, 3], { window: 2 })) sums.push(n);
    expect(sums).toEqual([11, 13, 16]);
  });

  test("an upload whose answer does not come ends with Timeout", async () => {
    await using ends = await Ends.open(row, calculator, { ...working, sum: () => new Promise(() => {}) });
    const call = ends.client.methods.sum([1, 2], { idleTimeoutMs: 300 });
    expect(await failureOf(call)).toMatchObject({ code: "Timeout", executed: "maybe" });
  });

  test("a stream's declared error, and items that do not fit, end it with an error that says so", async () => {
    await using ends = await Ends.open(row, calculator, {
      ...working,
      async *running() {
        yield "one" as unknown as number;
      },
    });
    ends.server.on("handlerError", () => {});
    const { methods } = ends.client;
    const tooFar = await failureOf(methods.countTo({ to: 2_000_000 }).next());
    expect(isContractError(tooFar, calculator.countTo, "tooFar")).toBe(true);
    const upload = ["one"] as unknown as number[];
    expect(await failureOf(methods.sum(upload))).toMatchObject({ code: "BadRequest" });
    expect(await failureOf(methods.running({ from: 1 }, []).next())).toMatchObject({
      code: "Remote",
      status: 500,
    });
    await using unchecked = await Ends.open(row, calculator, working, { client: { validate: false } });
    expect(await failureOf(unchecked.client.methods.sum(upload))).toMatchObject({
      code: "Remote",
      status: 400,
    });
  });

  test("a declared error arrives by its name, with its data; its stack names the caller", async () => {
    await using ends = await Ends.open(row, calculator, working);
    const tooLarge = await failureOf(theUser(ends.client));
    expect(isContractError(tooLarge, calculator.addOne, "tooLarge")).toBe(true);
    expect(tooLarge).toMatchObject({
      code: "Remote",
      status: 422,
      executed: "yes",
      reason: "tooLarge",
      data: { max: 1e9 },
    });
    expect(tooLarge.stack).toContain("theUser");
    const closed = await failureOf(ends.client.methods.addOne({ value: -1 }));
    expect(isContractError(closed, calculator.addOne, "tooLarge")).toBe(false);
    expect(closed).toBeInstanceOf(ContractError);
    expect(closed).toMatchObject({ reason: "closed", status: 503, data: undefined });
  });

  test("an input that does not fit never runs: refused by the client, or by the server if that does not check", async () => {
    const ran: unknown[] = [];
    const handlers: ServerHandlers<Calculator> = {
      ...working,
      addOne: ({ value, note }) => {
        ran.push(value);
        return { original_value: value, value_plus_one: value + 1, note };
      },
    };
    await using checked = await Ends.open(row, calculator, handlers);
    const wrong = { value: "20" } as unknown as { value: number };
    expect(await failureOf(checked.client.methods.addOne(wrong))).toMatchObject({
      code: "BadRequest",
      executed: "no",
    });
    await using unchecked = await Ends.open(row, calculator, handlers, {
      client: { validate: { input: false } },
    });
    const refused = await failureOf(unchecked.client.methods.addOne(wrong));
    expect(refused).toMatchObject({ code: "Remote", status: 400, executed: "no" });
    expect(refused.message).toContain("value");
    expect(ran).toEqual([]);
  });

  test("what a handler returns and the contract does not name never leaves the service", async () => {
    const secret = { note: "n", password: "s3cret" };
    await using ends = await Ends.open(row, calculator, {
      ...working,
      addOne: ({ value }) => ({ original_value: value, value_plus_one: value + 1, ...secret }),
      now: () => ({ at: 987_654_321 }) as unknown as { at: string },
    });
    const errors = new Arrivals<unknown>("an error of a handler");
    ends.server.on("handlerError", ({ error }) => errors.add(error));
    const response = await ends.client.call("addOne").withMap({ value: 1 }).sync();
    expect(response.json()).toEqual({ original_value: 1, value_plus_one: 2, note: "n" });
    const invalid = await failureOf(ends.client.methods.now());
    expect(invalid).toMatchObject({ code: "Remote", status: 500, executed: "yes" });
    expect(JSON.stringify(invalid)).not.toContain("987654321");
    expect(String(await errors.next())).toContain("what the handler returned does not fit the contract");
  });

  test("two contracts that differ are told of where something does not fit", async () => {
    const older = contract("CalculatorService", {
      ...calculator,
      addOne: method({ input: z.object({ number: z.number() }), output: z.unknown() }),
    }) as unknown as Calculator;
    await using ends = await Ends.open(row, calculator, working, { client: { contract: older } });
    const call = ends.client.methods.addOne({ number: 20 } as unknown as { value: number });
    const { message } = await failureOf(call);
    expect(message).toMatch(/value.*; the contracts differ: the service has [0-9a-f]{16} of this method/);
  });

  test("dates, big integers, maps, sets and bytes survive by the codec that both ends have", async () => {
    const any = contract("Anything", { echo: method({ input: z.any(), output: z.any() }) });
    await using ends = await Ends.open(
      row,
      any,
      { echo: (value: unknown) => value },
      {
        client: { codec: valuesCodec },
        server: { codecs: [valuesCodec] },
      },
    );
    const value = {
      at: new Date(0),
      big: 2n ** 70n,
      map: new Map([["a", new Set([1])]]),
      bytes: Uint8Array.of(0, 255),
      $date: "a name like any other",
    };
    expect(await ends.client.methods.echo(value)).toEqual(value);
    const dated = contract("Dated", {
      now: method({ output: z.date() }),
      ticks: stream({ output: z.date() }),
      last: stream({ upload: z.date(), result: z.date() }),
    });
    const [epoch, later] = [new Date(0), new Date(1)];
    const handlers: ServerHandlers<typeof dated> = {
      now: () => epoch,
      async *ticks() {
        yield epoch;
      },
      last: async (_, { upload }) => {
        let last = epoch;
        for await (const date of upload) last = date;
        return last;
      },
    };
    await using dates = await Ends.open(row, dated, handlers, {
      client: { codec: valuesCodec },
      server: { codecs: [valuesCodec] },
    });
    expect(await dates.client.methods.now()).toEqual(epoch);
    expect(await dates.client.methods.ticks().next()).toMatchObject({ value: epoch });
    expect(await dates.client.methods.last([epoch, later])).toEqual(later);
    await using without = await Ends.open(
      row,
      any,
      { echo: (value: unknown) => value },
      {
        client: { codec: valuesCodec },
      },
    );
    expect(await failureOf(without.client.methods.echo(value))).toMatchObject({
      status: 415,
      executed: "no",
    });
  });
});

/** The same method in other libraries' words. */
const adders = {
  zod: contract("Adder", {
    addOne: method({ input: z.object({ value: z.number() }), output: z.object({ sum: z.number() }) }),
  }),
  valibot: contract("Adder", {
    addOne: method({ input: v.object({ value: v.number() }), output: v.object({ sum: v.number() }) }),
  }),
  arktype: contract("Adder", {
    addOne: method({ input: type({ value: "number" }), output: type({ sum: "number" }) }),
  }),
};

describe.each(Object.entries(adders))("a contract in %s", (_library, adder) => {
  test.each(rows.slice(0, 2))("types, checks and parses over %s", async (_title, row) => {
    await using ends = await Ends.open(row, adder as (typeof adders)["zod"], {
      addOne: ({ value }) => ({ sum: value + 1 }),
    });
    expect(await ends.client.methods.addOne({ value: 20 })).toEqual({ sum: 21 });
    const wrong = { value: "20" } as unknown as { value: number };
    expect(await failureOf(ends.client.methods.addOne(wrong))).toMatchObject({ code: "BadRequest" });
  });
});

function theUser({ methods }: Client<Calculator>): Promise<unknown> {
  async function theUser(): Promise<unknown> {
    return await methods.addOne({ value: 2e9 });
  }
  return theUser();
}

test("a handler that is missing, or of no method, is refused by its name", async () => {
  const stage = new Stage(rows[0]?.[1] as Row);
  const server = createServer({ transport: await stage.transport(), contract: calculator });
  const { log: _, ...some } = working;
  expect(() => server.implement(some as ServerHandlers<Calculator>)).toThrow(/"log"/);
  expect(() => server.implement({ ...working, subtract: () => {} } as ServerHandlers<Calculator>)).toThrow(
    /"subtract"/,
  );
  await server.close();
});
