import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";

/** esbuild, as tsup builds with it: the part of its interface that is used here. */
interface Bundler {
  build(options: object): Promise<{
    readonly outputFiles: readonly { readonly text: string }[];
    readonly metafile: { readonly inputs: Readonly<Record<string, unknown>> };
  }>;
}

function bundler(): Bundler {
  const tsup = createRequire(import.meta.url).resolve("tsup");
  return createRequire(tsup)("esbuild") as Bundler;
}

/** For a browser, where a Node module cannot be resolved: then the build fails. */
async function bundle(
  contents: string,
): Promise<{ readonly text: string; readonly inputs: readonly string[] }> {
  const { outputFiles, metafile } = await bundler().build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "ts" },
    bundle: true,
    write: false,
    metafile: true,
    platform: "browser",
    conditions: ["porthos-source"],
    format: "iife",
    globalName: "porthos",
    target: "es2022",
    legalComments: "none",
    logLevel: "silent",
  });
  return { text: outputFiles[0]?.text ?? "", inputs: Object.keys(metafile.inputs) };
}

describe("the package in a browser", () => {
  let whole: { readonly text: string; readonly inputs: readonly string[] };

  beforeAll(async () => {
    whole = await bundle('export * from "./index.ts";');
  });

  it("is made of its own files, the protocol's, and what that is made of", () => {
    const foreign = whole.inputs.filter((input) => !/(^|\/)src\/[a-z0-9/-]+\.ts$|^<stdin>$/.test(input));
    expect(foreign.every((input) => input.endsWith("/mitt/dist/mitt.mjs"))).toBe(true);
  });

  it("works with nothing but what the web has, and adds nothing to it", () => {
    const web = { TextEncoder, TextDecoder };
    const sandbox: Record<string, unknown> = { ...web };
    const context = createContext(sandbox);
    runInContext(whole.text, context);
    expect(Object.keys(sandbox).sort()).toEqual([...Object.keys(web), "porthos"].sort());
    const result: unknown = runInContext(`(${tryOut.toString()})(porthos)`, context);
    expect(JSON.parse(result as string)).toEqual({
      service: "S",
      names: ["get"],
      hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      reason: "gone",
      documents: ["3.0.0", "1.3.2", "https://json-schema.org/draft/2020-12/schema", 1],
    });
  });

  it("costs a program nothing but what it uses", async () => {
    const { text } = await bundle('import { isBytes } from "./index.ts"; console.log(isBytes({}));');
    expect(text.length).toBeLessThan(700);
  });
});

/** Runs inside the sandbox, from its source: it sees only its argument and the web. */
function tryOut(porthos: typeof import("./index.js")): string {
  const input = porthos.bytes();
  const errors = { gone: { status: 410 } };
  const own = porthos.contract("S", { get: porthos.method({ input, errors }) });
  const problem = porthos.contractErrorToProblem(porthos.errorFactories(own.get).gone());
  const received = porthos.contractErrorFromProblem(own.get, 410, JSON.parse(JSON.stringify(problem)));
  return JSON.stringify({
    service: porthos.serviceOf(own),
    names: Object.keys(own),
    hash: porthos.methodHash(own.get),
    reason: porthos.isContractError(received, own.get) ? received.reason : undefined,
    documents: [
      porthos.asyncApiOf(own).asyncapi,
      porthos.openRpcOf(own).openrpc,
      porthos.jsonSchemaOf(own).$schema,
      porthos.specsOf(own).size,
    ],
  });
}
