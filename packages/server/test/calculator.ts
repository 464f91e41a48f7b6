import { bytes, contract, method, notification, stream } from "@porthos-rpc/contract";
import { z } from "zod";
import { type ContractServerOptions, createServer, type ServerHandlers } from "../src/index.js";
import { type Scripted, scripted } from "./setup.js";
import { type Streaming, streamed } from "./streaming.js";

/** A number that only a promise tells of. */
const later = z.number().refine(async (n) => n < 100, "must be less than 100");

/** A contract with methods of every kind. */
export const calculator = contract("S", {
  addOne: method({
    description: "Adds one",
    input: z.object({ value: z.number(), by: z.number().default(1) }),
    output: z.object({ sum: z.number() }),
    errors: {
      tooLarge: { status: 422, data: z.object({ max: z.number() }) },
      locked: { status: 423 },
      odd: { status: 424, data: z.any() },
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
  countTo: stream({
    input: z.object({ to: z.number().default(2) }),
    output: z.object({ n: z.number() }),
    errors: { tooFar: { status: 422, data: z.object({ max: z.number() }) } },
  }),
  slowly: stream({ input: later, output: later }),
  frames: stream({ output: bytes({ contentType: "image/gif" }) }),
  sum: stream({
    upload: z.object({ n: z.number(), by: z.number().default(1) }),
    result: z.object({ sum: z.number() }),
  }),
  store: stream({ input: z.string(), upload: bytes() }),
  echo: stream({ upload: later, output: later }),
});

export type CalculatorHandlers = ServerHandlers<typeof calculator>;

/** Handlers that do what is least. */
const idle: CalculatorHandlers = {
  addOne: ({ value, by }) => ({ sum: value + by }),
  double: (n) => 2 * n,
  ping: () => {},
  find: () => undefined,
  picture: (image) => image,
  log: () => {},
  countTo: () => [],
  slowly: () => [],
  frames: () => [],
  sum: () => ({ sum: 0 }),
  store: () => {},
  echo: () => [],
};

/** A server of the calculator on a scripted transport, whose time stands still, that listens. */
export async function typed(
  handlers: Partial<CalculatorHandlers> = {},
  options: Partial<ContractServerOptions<typeof calculator>> = {},
): Promise<Streaming> {
  const setup: Scripted = scripted({}, (common) => {
    const server = createServer({ ...common, contract: calculator, ...options });
    server.implement({ ...idle, ...handlers });
    return server;
  });
  await setup.server.listen();
  return streamed(setup);
}
