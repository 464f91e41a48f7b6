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

const folder = fileURLToPath(new URL(".", import.meta.url));
const ENTRIES = ["index.ts", "driver.ts", "testing.ts"] as const;

function bundler(): Bundler {
  const tsup = createRequire(import.meta.url).resolve("tsup");
  return createRequire(tsup)("esbuild") as Bundler;
}

/** For a browser, where a Node module cannot be resolved: then the build fails. */
async function bundle(
  contents: string,
): Promise<{ readonly text: string; readonly inputs: readonly string[] }> {
  const { outputFiles, metafile } = await bundler().build({
    stdin: { contents, resolveDir: folder, loader: "ts" },
    bundle: true,
    write: false,
    metafile: true,
    platform: "browser",
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
    whole = await bundle(ENTRIES.map((entry, i) => `export * as entry${i} from "./${entry}";`).join("\n"));
  });

  it("is made of its own files and mitt, and of no Node module", () => {
    const foreign = whole.inputs.filter(
      (input) => input !== "<stdin>" && !/(^|\/)[a-z0-9-]+\.ts$/.test(input),
    );
    expect(foreign).toHaveLength(1);
    expect(foreign[0]).toMatch(/\/mitt\/dist\/mitt\.mjs$/);
  });

  it.each(["node:", "Buffer", "process", "global", "require", "setImmediate", "__dirname"])(
    "does not say %s",
    (word) => {
      const pattern = word.endsWith(":")
        ? new RegExp(`["']${word}`)
        : new RegExp(`(?<![.\\w"'])${word}\\b(?! ?[a-z])`);
      expect(whole.text.split("\n").filter((line) => pattern.test(line))).toEqual([]);
    },
  );

  it("works with nothing but what the web has, and adds nothing to it", () => {
    const web = { performance, setTimeout, clearTimeout, TextEncoder, TextDecoder, crypto, AbortController };
    const sandbox: Record<string, unknown> = { ...web };
    const context = createContext(sandbox);
    runInContext(whole.text, context);
    expect(Object.keys(sandbox).sort()).toEqual([...Object.keys(web), "porthos"].sort());
    const result: unknown = runInContext(
      `(${tryOut.toString()})(porthos.entry0, porthos.entry1, porthos.entry2)`,
      context,
    );
    expect(JSON.parse(result as string)).toEqual({
      method: "addOne",
      body: { value: 20 },
      status: 404,
      code: "BadRequest",
      up: true,
      ended: ["deadline"],
      timers: 0,
    });
  });

  it("costs a program nothing but what it uses", async () => {
    const { text } = await bundle('import { isOk } from "./index.ts"; console.log(isOk(200));');
    expect(text.length).toBeLessThan(500);
  });
});

/** Runs inside the sandbox, from its source: it sees only its arguments and the web. */
function tryOut(
  protocol: typeof import("./index.js"),
  driver: typeof import("./driver.js"),
  testing: typeof import("./testing.js"),
): string {
  const { encodeRequest, methodHeaders, methodOf, jsonCodec, problemResponse, encodeResponse, statusOf } =
    protocol;
  const request = {
    method: "addOne",
    contentType: "application/json",
    body: jsonCodec.encode({ value: 20 }),
    headers: undefined,
  };
  const message = encodeRequest(request, methodHeaders("addOne"), undefined);
  const problem = problemResponse({ status: 404, title: "Method not found", executed: "no" });
  let code = "";
  try {
    jsonCodec.decode(new Uint8Array([255]));
  } catch (error) {
    if (error instanceof protocol.RpcError) code = error.code;
  }
  const clock = new testing.ManualClock();
  const calls = new protocol.PendingCalls(clock);
  const ended: string[] = [];
  class Call extends protocol.PendingCall {
    onDeadline(): void {
      calls.drop(this);
      ended.push("deadline");
    }
  }
  calls.add(new Call(), 100);
  clock.advance(200);
  const lifecycle = new driver.Lifecycle({
    name: "web",
    clock,
    startTimeoutMs: 1_000,
    start: () => {},
    stop: async () => {},
    onClosed: () => {},
  });
  lifecycle.acquire();
  lifecycle.up();
  return JSON.stringify({
    method: methodOf(message),
    body: jsonCodec.decode(message.body),
    status: statusOf(encodeResponse(problem, "1")),
    code,
    up: lifecycle.state === "up",
    ended,
    timers: clock.timerCount,
  });
}
