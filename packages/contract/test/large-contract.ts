/*
 * A user's program with a contract of many methods, as TypeScript source: what a type-check is measured with.
 */

/** Of ten methods, six are calls, one is a notification and three are streams, one of each direction. */
function declaration(n: number): string {
  const input = `z.object({ id: z.string(), n${n}: z.number(), tags: z.array(z.string()).optional() })`;
  const output = `z.object({ id: z.string(), total${n}: z.number(), at: z.coerce.date() })`;
  switch (n % 10) {
    case 6:
      return `notification({ input: ${input} })`;
    case 7:
      return `stream({ input: ${input}, output: ${output} })`;
    case 8:
      return `stream({ upload: ${input}, result: ${output} })`;
    case 9:
      return `stream({ input: ${input}, upload: z.string(), output: ${output} })`;
    default:
      return `method({ input: ${input}, output: ${output}, errors: { gone: { status: 410, data: z.object({ n${n}: z.number() }) } } })`;
  }
}

function use(n: number): string {
  const input = `{ id: "1", n${n}: ${n} }`;
  switch (n % 10) {
    case 6:
      return `await methods.m${n}(${input});`;
    case 7:
      return `for await (const item of methods.m${n}(${input})) sum += item.total${n};`;
    case 8:
      return `sum += (await methods.m${n}([${input}], { timeoutMs: 500 })).total${n};`;
    case 9:
      return `for await (const item of methods.m${n}(${input}, ["a"])) sum += item.total${n};`;
    default:
      return `sum += (await methods.m${n}(${input}, { timeoutMs: 500 })).total${n};`;
  }
}

function handler(n: number): string {
  const output = (value: string): string => `{ id, total${n}: ${value}, at: new Date() }`;
  switch (n % 10) {
    case 6:
      return `m${n}: ({ id }) => { console.log(id); },`;
    case 7:
      return `async *m${n}({ id, n${n} }) { yield ${output(`n${n}`)}; },`;
    case 8:
      return `async m${n}(_, { upload }) { let id = ""; for await (const item of upload) id += item.id; return ${output("1")}; },`;
    case 9:
      return `async *m${n}({ id, n${n} }, { upload }) { for await (const text of upload) yield ${output(`n${n} + text.length`)}; },`;
    default:
      return `m${n}: ({ id, n${n} }, { errors }) => { if (n${n} < 0) throw errors.gone({ n${n} }); return ${output(`n${n}`)}; },`;
  }
}

function lines(methods: number, line: (n: number) => string): string {
  return Array.from({ length: methods }, (_, n) => line(n)).join("\n");
}

/** The files of the program, by name. */
export function largeContract(methods: number): Readonly<Record<string, string>> {
  return {
    "contract.ts": `
      import { contract, method, notification, stream } from "@porthos-rpc/contract";
      import { z } from "zod";
      export const large = contract("Large", {
        ${lines(methods, (n) => `m${n}: ${declaration(n)},`)}
      });`,
    "client.ts": `
      import type { Methods } from "@porthos-rpc/contract";
      import type { large } from "./contract.js";
      declare const methods: Methods<typeof large, { readonly timeoutMs?: number }>;
      export async function run(): Promise<number> {
        let sum = 0;
        ${lines(methods, use)}
        return sum;
      }`,
    "server.ts": `
      import type { Handlers } from "@porthos-rpc/contract";
      import type { large } from "./contract.js";
      export const handlers: Handlers<typeof large, { readonly signal: AbortSignal }> = {
        ${lines(methods, handler)}
      };`,
  };
}
