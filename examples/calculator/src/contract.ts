import { contract, method, stream } from "@porthos-rpc/contract";
import { z } from "zod";

/** What both ends of the typed calculator share: their types and their checks come from it. */
export const calculator = contract("TypedCalculator", {
  addOne: method({
    description: "Adds one",
    input: z.object({ value: z.number() }),
    output: z.object({ original_value: z.number(), value_plus_one: z.number() }),
    idempotent: true,
    errors: { tooLarge: { status: 422, data: z.object({ max: z.number() }) } },
  }),
  countTo: stream({
    description: "Counts from one",
    input: z.object({ to: z.number() }),
    output: z.number(),
  }),
  sum: stream({ description: "Adds up what it is sent", upload: z.number(), result: z.number() }),
});
