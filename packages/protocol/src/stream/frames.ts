import { kindOf } from "../kind-of.js";
import { type Headers, type HeaderValue, type Message, NO_BODY, type ReadonlyHeaders } from "../message.js";
import {
  COUNT_HEADER,
  CREDIT_HEADER,
  FRAME_HEADER,
  NO_COUNT,
  readCount,
  SEQ_HEADER,
} from "./frame-headers.js";

/*
 * What travels between a request and its reply (docs/decisions/0007): the one place where frames become messages and
 * messages frames. A frame is a message of the same call that has a header `porthos-frame`.
 */

/** Whoever sends it lives. With where it stands, so that a frame that was lost is missed even if it was the last. */
export interface AliveFrame {
  readonly kind: "alive";
  /** The items that its sender's stream has had; undefined if it writes none. */
  readonly seq: number | undefined;
  /** The items that its sender has granted so far, as in a `CreditFrame`; undefined if it reads none. */
  readonly credit: number | undefined;
}

/** Items of a stream. `items`: the body is an array of `count` of them; `item`: it is one, by itself. */
export interface ItemsFrame {
  readonly kind: "items" | "item";
  /** The number of the first one, counted from 0. */
  readonly seq: number;
  /** 1 or more. */
  readonly count: number;
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
}

/** The caller's stream has ended after `seq` items. A server's stream ends with the ordinary reply. */
export interface EndFrame {
  readonly kind: "end";
  readonly seq: number;
}

/** The writer may have sent so many items since the stream began: a total, so that a lost or doubled one is harmless. */
export interface CreditFrame {
  readonly kind: "credit";
  readonly total: number;
}

/** Nobody waits for the call, or reads the stream, any more. */
export interface CancelFrame {
  readonly kind: "cancel";
}

/** A frame that a peer has got wrong, or one of a later version. */
export interface InvalidFrame {
  readonly kind: "invalid";
  /** What is wrong, without the peer's own words. */
  readonly reason: string;
}

/** What can be sent. */
export type OutgoingFrame = AliveFrame | ItemsFrame | EndFrame | CreditFrame | CancelFrame;
/** What can arrive. */
export type Frame = OutgoingFrame | InvalidFrame;

/** A sign of life, and nothing more. */
export const ALIVE: AliveFrame = { kind: "alive", seq: undefined, credit: undefined };
export const CANCEL: CancelFrame = { kind: "cancel" };

/** What a frame needs to travel, beside its address. */
export interface FrameEnvelope {
  /** Of the call that it belongs to. */
  readonly correlationId: string | undefined;
  /** Where the other end may send frames, if it cannot know yet: its sender's own inbox. */
  readonly replyTo: string | undefined;
  /** Undefined: for ever. */
  readonly ttlMs: number | undefined;
}

/** Frames that say nothing but their kind: one Map a kind, so that a transport can encode it once. */
const ONLY_ALIVE: ReadonlyHeaders = new Map([[FRAME_HEADER, "alive"]]);
const ONLY_CANCEL: ReadonlyHeaders = new Map([[FRAME_HEADER, "cancel"]]);

export function frameMessage(frame: OutgoingFrame, envelope: FrameEnvelope): Message {
  const carriesItems = frame.kind === "items" || frame.kind === "item";
  return {
    body: carriesItems ? frame.body : NO_BODY,
    contentType: carriesItems ? frame.contentType : undefined,
    correlationId: envelope.correlationId,
    replyTo: envelope.replyTo,
    ttlMs: envelope.ttlMs,
    headers: headersOf(frame),
    durable: false,
  };
}

function headersOf(frame: OutgoingFrame): ReadonlyHeaders {
  if (frame.kind === "cancel") return ONLY_CANCEL;
  if (frame.kind === "alive" && frame.seq === undefined && frame.credit === undefined) return ONLY_ALIVE;
  const headers: Headers = new Map<string, HeaderValue>([[FRAME_HEADER, frame.kind]]);
  if (frame.kind === "credit") return headers.set(CREDIT_HEADER, frame.total);
  if (frame.seq !== undefined) headers.set(SEQ_HEADER, frame.seq);
  if (frame.kind === "items") headers.set(COUNT_HEADER, frame.count);
  if (frame.kind === "alive" && frame.credit !== undefined) headers.set(CREDIT_HEADER, frame.credit);
  return headers;
}

/**
 * The frame that a message is; undefined if it is none, but a request or a reply, which costs one look at its headers.
 * Never throws: what a peer got wrong is a frame of kind `invalid`.
 */
export function frameOf(message: Message): Frame | undefined {
  const { headers } = message;
  const kind = headers.get(FRAME_HEADER);
  switch (kind) {
    case undefined:
      return undefined;
    case "items":
    case "item":
      return itemsOf(kind, message);
    case "credit":
      return creditOf(readCount(headers.get(CREDIT_HEADER)));
    case "alive":
      return aliveOf(readCount(headers.get(SEQ_HEADER)), readCount(headers.get(CREDIT_HEADER)));
    case "end":
      return endOf(readCount(headers.get(SEQ_HEADER)));
    case "cancel":
      return CANCEL;
    default:
      return invalid(
        `a frame of a kind that this version does not know (${FRAME_HEADER} is ${kindOf(kind)})`,
      );
  }
}

function itemsOf(kind: "items" | "item", { headers, body, contentType }: Message): Frame {
  const seq = readCount(headers.get(SEQ_HEADER));
  if (seq === undefined || seq === NO_COUNT) return wrong(kind, SEQ_HEADER);
  const count = kind === "item" ? 1 : readCount(headers.get(COUNT_HEADER));
  if (count === undefined || count === NO_COUNT || count === 0) return wrong(kind, COUNT_HEADER);
  return { kind, seq, count, body, contentType };
}

function creditOf(total: number | undefined): Frame {
  if (total === undefined || total === NO_COUNT) return wrong("credit", CREDIT_HEADER);
  return { kind: "credit", total };
}

function endOf(seq: number | undefined): Frame {
  return seq === undefined || seq === NO_COUNT ? wrong("end", SEQ_HEADER) : { kind: "end", seq };
}

function aliveOf(seq: number | undefined, credit: number | undefined): Frame {
  if (seq === NO_COUNT) return wrong("alive", SEQ_HEADER);
  if (credit === NO_COUNT) return wrong("alive", CREDIT_HEADER);
  return seq === undefined && credit === undefined ? ALIVE : { kind: "alive", seq, credit };
}

function wrong(kind: string, header: string): InvalidFrame {
  return invalid(`a frame of kind ${kind} without a usable header ${header}`);
}

function invalid(reason: string): InvalidFrame {
  return { kind: "invalid", reason };
}
