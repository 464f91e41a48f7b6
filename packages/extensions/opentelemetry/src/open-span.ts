import { type Attributes, type Context, type Span, SpanStatusCode } from "@opentelemetry/api";
import { type ContextKey, contextKey } from "@porthos-rpc/protocol";
import { ERROR_TYPE, RPC_STATUS_CODE } from "./conventions.js";

/** A call carries the span that is recorded of it, for the event of its end. */
export const spanKey: ContextKey<OpenSpan> = contextKey("opentelemetry-span");

/** How a call ended. */
export interface CallEnd {
  readonly status: string;
  /** What kind of error it was; undefined: none. */
  readonly errorType: string | undefined;
  readonly attributes?: Attributes;
  /** What may be private. */
  readonly message?: string | undefined;
}

/** A span that is recorded, until its call ends. */
export class OpenSpan {
  readonly span: Span;
  /** With the span in it. */
  readonly context: Context;
  /** What the handler threw. */
  thrown: string | undefined;

  constructor(span: Span, context: Context) {
    this.span = span;
    this.context = context;
  }

  end({ status, errorType, attributes, message }: CallEnd): void {
    const { span } = this;
    span.setAttribute(RPC_STATUS_CODE, status);
    if (attributes !== undefined) span.setAttributes(attributes);
    if (errorType !== undefined) this.fail(errorType, message);
    span.end();
  }

  fail(errorType: string, message: string | undefined): void {
    const { span } = this;
    span.setAttribute(ERROR_TYPE, errorType);
    const { ERROR } = SpanStatusCode;
    span.setStatus(message === undefined ? { code: ERROR } : { code: ERROR, message });
  }
}
