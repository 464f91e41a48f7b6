import { describe, expect, it } from "vitest";
import { z } from "zod";
import { bytes } from "./bytes.js";
import { stream } from "./stream.js";

describe("stream", () => {
  it("goes from server to client, from client to server, or both ways", () => {
    const output = z.number();
    const upload = bytes();
    expect(stream({ output })).toMatchObject({
      kind: "stream",
      output,
      upload: undefined,
      result: undefined,
    });
    expect(stream({ upload })).toMatchObject({ upload, output: undefined, result: undefined });
    expect(stream({ upload, result: output })).toMatchObject({ upload, output: undefined, result: output });
    expect(stream({ upload, output, input: output })).toMatchObject({ upload, output, input: output });
  });

  it("is never idempotent: half of one cannot be run again", () => {
    expect(stream({ output: z.number() }).idempotent).toBe(false);
  });

  it.each([
    [{}, 'stream: option "output" must be a Standard Schema (of zod, valibot, arktype, ...), got undefined'],
    [{ input: z.number() }, 'option "output" must be a Standard Schema'],
    [{ result: z.number() }, 'option "output" must be a Standard Schema'],
    [{ output: z.number(), result: z.number() }, 'option "result" must be left out where there is an output'],
    [{ upload: z.number(), output: z.number(), result: z.number() }, 'option "result" must be left out'],
    [{ upload: 1 }, 'option "upload" must be a Standard Schema (of zod, valibot, arktype, ...), got 1'],
    [{ output: z.number(), idempotent: true }, 'stream: unknown option "idempotent"'],
    [undefined, "stream: expected an object of options, got undefined"],
  ])("refuses %j at once, by name", (options: unknown, why) => {
    expect(() => stream(options as { output: ReturnType<typeof z.number> })).toThrow(TypeError);
    expect(() => stream(options as { output: ReturnType<typeof z.number> })).toThrow(why);
  });
});
