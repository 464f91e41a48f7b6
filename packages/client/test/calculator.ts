import { bytes, contract, method, notification, stream } from "@porthos-rpc/contract";
import { decodeText } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { expect } from "vitest";
import { z } from "zod";
import { type Client, type ContractClientOptions, createClient } from "../src/index.js";
import { ScriptedTransport } from "./scripted-transport.js";
import { settle, watch } from "./watch.js";

/** A number that only a promise tells of. */
const later = z.number().refine(async (n) => n < 100, "must be less than 100");

/** A contract with methods of every kind. */
export const calculator = contract("Calculator", {
  addOne: method({
    input: z.object({ value: z.number(), by: z.number().default(1) }),
    output: z.object({ sum: z.number(), note: z.string().default("none") }),
    errors: {
      tooLarge: { status: 422, data: z.object({ max: z.number() }) },
      locked: { status: 423 },
      slow: { status: 424, data: later },
    },
  }),
  double: method({ input: later, output: later }),
  ping: method(),
  find: method({ input: z.string().optional(), output: z.string().optional() }),
  picture: method({
    input: bytes({ contentType: "image/png" }),
    output: bytes({ contentType: "image/gif" }),
  }),
  log: notification({ input: z.tuple([z.string(), z.string()]) }),
  flush: notification(),
  countTo: stream({
    input: z.object({ to: z.number() }),
    output: z.object({ n: z.number(), note: z.string().default("none") }),
    errors: { tooFar: { status: 422, data: z.object({ max: z.number() }) } },
  }),
  slowly: stream({ output: later }),
  sum: stream({ upload: z.number(), result: z.object({ sum: z.number() }) }),
  store: stream({ input: z.string(), upload: bytes({ contentType: "image/png" }) }),
  tell: stream({ upload: z.string().trim() }),
  echo: stream({ upload: later, output: bytes() }),
});

export interface Typed {
  readonly clock: ManualClock;
  readonly transport: ScriptedTransport;
  readonly client: Client<typeof calculator>;
}

/** A client of the calculator on a scripted transport, whose time stands still. */
function typed(options: Partial<ContractClientOptions<typeof calculator>> = {}): Typed {
  const clock = new ManualClock();
  const transport = new ScriptedTransport();
  const client = createClient({ transport, contract: calculator, timeoutMs: 1_000, clock, ...options });
  return { clock, transport, client };
}

/** Makes clients of the calculator, closes them after each test, and sees that nothing is left of them. */
export function closing() {
  const setups: Typed[] = [];
  return {
    typed(options?: Partial<ContractClientOptions<typeof calculator>>): Typed {
      const setup = typed(options);
      setups.push(setup);
      return setup;
    },
    async close(): Promise<void> {
      for (const { client, clock } of setups.splice(0)) {
        await client.close();
        expect([clock.timerCount, clock.laterCount]).toEqual([0, 0]);
      }
    },
  };
}

/** What a call sends. */
export async function sentBy({ transport }: Typed, call: Promise<unknown>) {
  const watched = watch(call);
  await settle();
  const { message, queue } = transport.last;
  return { call: watched, message, queue, text: decodeText(message.body) };
}
