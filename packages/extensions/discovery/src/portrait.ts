import { type ExtensionDescription, type ExtensionHost, encodeText } from "@porthos-rpc/protocol";
import type { Answer, AnswerKind, InfoAnswer, InstanceAnswer, SpecAnswer } from "./answers.js";
import { randomId } from "./random-id.js";
import { runtimeOf } from "./runtime.js";
import { Statistics } from "./statistics.js";

/** What a server's owner says of it. */
export interface Told {
  readonly version?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** As large as a request may be by default. Deep specs of some hundred methods stay far below it. */
const MAX_SPECS_BYTES = 1_048_576;

/** What a server answers of itself, from its start on. */
export class Portrait {
  readonly instance: string = randomId();
  readonly statistics: Statistics;
  readonly #host: ExtensionHost;
  readonly #metadata: Readonly<Record<string, string>>;
  readonly #self: InstanceAnswer;
  readonly #startedMs: number;
  readonly #ping: Uint8Array;
  /** Encoded once: they are what the methods were at the start. */
  readonly #specs: Uint8Array;

  /** @throws {TypeError} for specs that have no JSON, or more of it than MAX_SPECS_BYTES. */
  constructor(host: ExtensionHost, { metadata, ...version }: Told) {
    this.#host = host;
    this.#metadata = metadata;
    this.#self = { service: host.service, instance: this.instance, ...version };
    this.statistics = new Statistics(host.methods);
    this.#startedMs = host.clock.now();
    this.#ping = bodyOf({ kind: "ping", ...this.#self });
    this.#specs = this.#encodeSpecs();
  }

  /** The body of the answer. */
  answer(kind: AnswerKind): Uint8Array {
    switch (kind) {
      case "ping":
        return this.#ping;
      case "info":
        return bodyOf(this.#info);
      case "stats":
        return bodyOf({
          kind,
          ...this.#self,
          sinceMs: this.#ageMs,
          unknown: this.statistics.unknown,
          methods: this.statistics.methods,
        });
      case "spec":
        return this.#specs;
    }
  }

  get #info(): InfoAnswer {
    const runtime = runtimeOf(globalThis);
    const { transports, methods } = this.#host;
    return {
      kind: "info",
      ...this.#self,
      upMs: this.#ageMs,
      ...(runtime === undefined ? {} : { runtime }),
      transports: transports.map(({ name }) => name),
      methods: [...methods.keys()],
      extensions: this.#host.describe().extensions.map(withJson),
      metadata: this.#metadata,
    };
  }

  get #ageMs(): number {
    return Math.round(this.#host.clock.now() - this.#startedMs);
  }

  #encodeSpecs(): Uint8Array {
    const { service, methods } = this.#host;
    const told = [...methods].map(([method, spec]) => (spec === undefined ? { method } : { method, spec }));
    const answer: SpecAnswer = { kind: "spec", ...this.#self, methods: told };
    let body: Uint8Array;
    try {
      body = bodyOf(answer);
    } catch (cause) {
      throw new TypeError(`discovery: the specs of ${service} cannot be encoded as JSON`, { cause });
    }
    if (body.length <= MAX_SPECS_BYTES) return body;
    throw new TypeError(
      `discovery: the specs of ${service} have ${body.length} bytes as JSON; at most ${MAX_SPECS_BYTES} are told`,
    );
  }
}

/** Without what it says of itself, if that has no JSON: one that is wrong leaves the others. */
function withJson(extension: ExtensionDescription): ExtensionDescription {
  try {
    JSON.stringify(extension.settings);
    return extension;
  } catch {
    const { settings: _, ...rest } = extension;
    return rest;
  }
}

function bodyOf(answer: Answer[AnswerKind]): Uint8Array {
  return encodeText(JSON.stringify(answer));
}
