import {
  type Extension,
  type MethodSpec,
  Refusal,
  type ResponseEnvelope,
  type ServerCall,
} from "@porthos-rpc/protocol";
import { extensionHost, type ManualClock, responseEnvelope, serverCall } from "@porthos-rpc/protocol/testing";
import { type AuthOptions, auth, type Caller, caller } from "../src/index.js";

const METHODS: ReadonlyMap<string, MethodSpec | undefined> = new Map([
  ["add", undefined],
  ["admin.reset", undefined],
  ["admin.stop", undefined],
]);

/** What became of a call: what its caller was refused with, or who the handler saw. */
export type Outcome =
  | { readonly status: number; readonly words: string; readonly retryAfterMs: number | undefined }
  | { readonly status: 200; readonly caller: Caller | undefined };

/** A server's part of `auth()`, started. */
export class Guarded {
  readonly reports: { readonly during: string; readonly error: unknown }[] = [];
  readonly #extension: Extension<object>;

  private constructor(extension: Extension<object>) {
    this.#extension = extension;
  }

  static async by(clock: ManualClock, options: AuthOptions): Promise<Guarded> {
    const guarded = new Guarded(auth(options));
    const report = (during: string, error: unknown): void => void guarded.reports.push({ during, error });
    await guarded.#extension.server?.start?.(extensionHost({ clock, report, methods: METHODS }));
    return guarded;
  }

  /** @param header what `authorization` says; undefined: there is none */
  async call(header: unknown, method = "add"): Promise<Outcome> {
    const headers = header === undefined ? undefined : new Map([["authorization", header as string]]);
    const request = { method, contentType: undefined, body: new Uint8Array(), headers };
    let seen: Caller | undefined;
    const next = (call: ServerCall): ResponseEnvelope => {
      seen = caller.of(call);
      return responseEnvelope();
    };
    try {
      await this.#extension.server?.wrap?.run(serverCall({ method, request }), next);
      return { status: 200, caller: seen };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, words: error.message, retryAfterMs: error.retryAfterMs };
    }
  }

  bearing(token: string, method?: string): Promise<Outcome> {
    return this.call(`Bearer ${token}`, method);
  }

  describe(): unknown {
    return this.#extension.server?.describe?.();
  }

  stop(): unknown {
    return this.#extension.server?.stop?.();
  }
}
