import {
  CLIENT_EVENTS,
  type Extension,
  type MaybePromise,
  SERVER_EVENTS,
  type WireWrap,
  type Wrap,
} from "./extension.js";
import { kindOf } from "./kind-of.js";
import type { Message } from "./message.js";
import type { TransportFeature } from "./transport.js";
import type { ResponseEnvelope } from "./wire.js";

const EVENTS = { client: CLIENT_EVENTS, server: SERVER_EVENTS } as const;
const KNOWN_PARTS = ["observe", "wrap", "wire", "start", "stop", "describe"];
const KNOWN_KEYS = ["name", "apiVersion", "needs", "requires", "adds", "client", "server"];

/**
 * Refuses, by name, an extension that cannot work beside the `others`: not an extension, written for an interface
 * version that this host does not know, of a name that is taken, without a part for this side but one for the other, in a phase or
 * observing an event that does not exist.
 */
export function checkExtension(
  where: string,
  extension: Extension<object>,
  side: "client" | "server",
  phases: readonly string[],
  others: readonly Extension<object>[],
): void {
  checkShape(where, extension);
  if (others.some((other) => other.name === extension.name)) {
    throw new TypeError(`${where}: extension "${extension.name}" was added twice`);
  }
  const other = side === "client" ? "server" : "client";
  if (extension[side] === undefined && extension[other] !== undefined) {
    throw new TypeError(
      `${where}: extension "${extension.name}" has nothing to do on a ${side}; add it to the ${other}`,
    );
  }
  checkPart(where, extension, side);
  const events = EVENTS[side];
  for (const [event, observer] of Object.entries(extension[side]?.observe ?? {})) {
    const isEvent = Object.hasOwn(events, event);
    if (isEvent) checkFunction(where, extension, event, observer);
    // An object's own state is no observer.
    if (isEvent || typeof observer !== "function") continue;
    throw new TypeError(
      `${where}: extension "${extension.name}" observes the unknown ${side} event "${event}"; the events are ${Object.keys(events).join(", ")}`,
    );
  }
  const wrap = extension[side]?.wrap;
  if (wrap !== undefined && (typeof wrap !== "object" || typeof wrap?.run !== "function")) {
    throw new TypeError(`${where}: the wrap of extension "${extension.name}" must be { phase, run }`);
  }
  if (wrap !== undefined && !phases.includes(wrap.phase)) {
    throw new TypeError(
      `${where}: extension "${extension.name}" wraps in the unknown ${side} phase "${wrap.phase}"; the phases are ${phases.join(", ")}`,
    );
  }
}

/** What nobody knows, or nobody can call, would be ignored in silence, and may have been meant to guard something. */
function checkPart(where: string, extension: Extension<object>, side: "client" | "server"): void {
  const part: unknown = extension[side];
  if (part === undefined) return;
  if (typeof part !== "object" || part === null) {
    throw new TypeError(
      `${where}: the ${side} part of extension "${extension.name}" must be an object, got ${kindOf(part)}`,
    );
  }
  // One of a class has its parts as methods, and its own state as properties.
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(part));
  const unknown = isPlain ? Object.keys(part).find((key) => !KNOWN_PARTS.includes(key)) : undefined;
  if (unknown !== undefined) {
    throw new TypeError(
      `${where}: extension "${extension.name}" has an unknown ${side} part "${unknown}"; the parts are ${KNOWN_PARTS.join(", ")}`,
    );
  }
  const { start, stop, describe, wire } = part as { readonly [name: string]: object | undefined };
  for (const [name, given] of Object.entries({ start, stop, describe, ...wire })) {
    checkFunction(where, extension, name, given);
  }
}

function checkFunction(where: string, { name }: Extension<object>, what: string, given: unknown): void {
  if (given === undefined || typeof given === "function") return;
  throw new TypeError(`${where}: ${what} of extension "${name}" must be a function, got ${kindOf(given)}`);
}

function checkShape(where: string, extension: unknown): asserts extension is Extension<object> {
  if (typeof extension !== "object" || extension === null) {
    const hint = typeof extension === "function" ? "; call it, as accessLog()" : "";
    throw new TypeError(`${where}: expected an extension, got ${kindOf(extension)}${hint}`);
  }
  const { name, apiVersion } = extension as { name?: unknown; apiVersion?: unknown };
  if (typeof name !== "string" || name === "") {
    throw new TypeError(`${where}: an extension must have a name${hintFor(extension)}`);
  }
  if (apiVersion !== 1) {
    throw new TypeError(
      `${where}: extension "${name}" is written for version ${String(apiVersion)} of the extension interface; this is 1`,
    );
  }
  for (const key of Object.keys(extension)) {
    if (!KNOWN_KEYS.includes(key)) {
      throw new TypeError(
        `${where}: extension "${name}" has an unknown part "${key}"; the parts are ${KNOWN_KEYS.join(", ")}`,
      );
    }
  }
}

/** What somebody most likely meant who gave something else. */
function hintFor(given: object): string {
  if (Array.isArray(given)) return "; this is an array: make an entry for each";
  if ("methods" in given) return `; an entry with "methods" needs "use", which is one extension`;
  if ("contentType" in given && "decode" in given)
    return "; this is a codec, for the options codec and codecs";
  return "";
}

/** Refuses extensions that need what the transport cannot do, with both names. Called once its features are known. */
export function checkNeeds(
  where: string,
  extensions: readonly Extension<object>[],
  transport: { readonly name: string; readonly features: { readonly [K in TransportFeature]: boolean } },
): void {
  for (const extension of extensions) {
    for (const feature of extension.needs ?? []) {
      if (transport.features[feature] !== true) {
        throw new TypeError(
          `${where}: extension "${extension.name}" needs "${feature}", which transport "${transport.name}" does not have`,
        );
      }
    }
  }
}

/** Refuses extensions that require others which are not there, with both names. */
export function checkRequires(where: string, extensions: readonly Extension<object>[]): void {
  const names = new Set(extensions.map(({ name }) => name));
  for (const { name, requires = [] } of extensions) {
    const missing = requires.find((required) => !names.has(required));
    if (missing === undefined) continue;
    throw new TypeError(`${where}: extension "${name}" requires extension "${missing}", which was not added`);
  }
}

/**
 * One function out of all wraps: by phase, outermost first, then in the order given. Without any wrap it is
 * `innermost` itself, so extensions that are absent cost nothing.
 */
export function composeWraps<Call, Phase extends string>(
  wraps: readonly Wrap<Call, Phase>[],
  phases: readonly Phase[],
  innermost: (call: Call) => MaybePromise<ResponseEnvelope>,
): (call: Call) => MaybePromise<ResponseEnvelope> {
  // Array.prototype.sort is stable: within a phase the order given stays.
  const ordered = [...wraps].sort((a, b) => phases.indexOf(a.phase) - phases.indexOf(b.phase));
  return ordered.reduceRight<(call: Call) => MaybePromise<ResponseEnvelope>>(
    (next, wrap) => (call) => wrap.run(call, next),
    innermost,
  );
}

/** Both directions of all wire wraps; undefined where there is nothing to do. */
export interface ComposedWire {
  readonly outgoing: ((message: Message) => MaybePromise<Message>) | undefined;
  readonly incoming: ((message: Message) => MaybePromise<Message>) | undefined;
}

/** The first wrap is the outermost: last to change what goes out, first to undo what comes in. */
export function composeWire(wraps: readonly WireWrap[]): ComposedWire {
  const outgoing = wraps.flatMap((wrap) => (wrap.outgoing === undefined ? [] : [wrap.outgoing.bind(wrap)]));
  const incoming = wraps.flatMap((wrap) => (wrap.incoming === undefined ? [] : [wrap.incoming.bind(wrap)]));
  return { outgoing: chain(outgoing.reverse()), incoming: chain(incoming) };
}

type Step = (message: Message) => MaybePromise<Message>;

function chain(steps: readonly Step[]): Step | undefined {
  return steps.reduce<Step | undefined>((before, step) => {
    if (before === undefined) return step;
    return (message) => {
      const changed = before(message);
      return changed instanceof Promise ? changed.then(step) : step(changed);
    };
  }, undefined);
}
