import {
  type Context,
  propagation,
  ROOT_CONTEXT,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from "@opentelemetry/api";
import { type Headers, type HeaderValue, headersFault, type ReadonlyHeaders } from "@porthos-rpc/protocol";

/** Only texts: they are what every broker carries. */
const getter: TextMapGetter<ReadonlyHeaders> = {
  get: (headers, name) => {
    const value = headers.get(name);
    return typeof value === "string" ? value : undefined;
  },
  keys: (headers) => [...headers.keys()],
};

const setter: TextMapSetter<HeadersToSend> = { set: (headers, name, value) => headers.set(name, value) };

/** Writes contexts into the headers of requests, and reads them there. */
export class HeaderContext {
  readonly #propagator: Pick<TextMapPropagator, "inject" | "extract">;
  #unreadable = 0;
  #leftOut = 0;

  /** @param propagator undefined: the API's global one, whenever it is set */
  constructor(propagator: TextMapPropagator | undefined) {
    this.#propagator = propagator ?? propagation;
  }

  /** How many requests had headers that the propagator failed on. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** How many headers had no room. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** The headers with the context; the same ones where there is nothing to write. */
  inject(context: Context, headers: ReadonlyHeaders | undefined): ReadonlyHeaders | undefined {
    const toSend = new HeadersToSend(headers);
    this.#propagator.inject(context, toSend, setter);
    this.#leftOut += toSend.fit();
    return toSend.headers;
  }

  /** What a request was made in. Not the context of the code that runs now: a transport may deliver from anywhere. */
  extract(headers: ReadonlyHeaders | undefined): Context {
    if (headers === undefined) return ROOT_CONTEXT;
    try {
      return this.#propagator.extract(ROOT_CONTEXT, headers, getter);
    } catch {
      // A stranger's headers are not worth an error of ours.
      this.#unreadable++;
      return ROOT_CONTEXT;
    }
  }
}

/** A copy of a request's headers is made with the first one that is written. */
class HeadersToSend {
  readonly #before: ReadonlyHeaders | undefined;
  #copy: Headers | undefined;

  constructor(headers: ReadonlyHeaders | undefined) {
    this.#before = headers;
  }

  get headers(): ReadonlyHeaders | undefined {
    return this.#copy ?? this.#before;
  }

  set(name: string, value: unknown): void {
    if (typeof value !== "string") return;
    this.#copy ??= new Map<string, HeaderValue>(this.#before);
    this.#copy.set(name, value);
  }

  /** Takes what was written out again, the largest first, as long as there is too much. @returns how many */
  fit(): number {
    const copy = this.#copy;
    let out = 0;
    while (copy !== undefined && headersFault(copy) !== undefined) {
      const largest = this.#largestWritten(copy);
      // The caller's own were too much before.
      if (largest === undefined) return out;
      const own = this.#before?.get(largest);
      if (own === undefined) copy.delete(largest);
      else copy.set(largest, own);
      out++;
    }
    return out;
  }

  #largestWritten(copy: ReadonlyHeaders): string | undefined {
    let largest: string | undefined;
    let length = 0;
    for (const [name, value] of copy) {
      if (typeof value !== "string" || value.length <= length || value === this.#before?.get(name)) continue;
      largest = name;
      length = value.length;
    }
    return largest;
  }
}
