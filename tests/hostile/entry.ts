/*
 * How the inputs of the catalogue stand in its files: one JSON object a line. Long and binary inputs are written short.
 */

/** Bytes: a text is its UTF-8; a list is its parts, one after the other. */
export type Bytes =
  | string
  | { readonly hex: string }
  | { readonly times: number; readonly of: Bytes }
  /** So many parts, each with its number, from 0, for `#`. */
  | { readonly numbered: number; readonly of: string; readonly between: string }
  | readonly Bytes[];

/** A header's value, and what JSON cannot say of it. */
export type Header =
  | string
  | number
  | boolean
  | null
  | { readonly text: Bytes }
  | { readonly bytes: Bytes }
  | { readonly date: number }
  | { readonly list: readonly Header[] }
  | { readonly table: readonly (readonly [string, Header])[] }
  /** Lists or tables within each other. */
  | { readonly nested: "list" | "table"; readonly depth: number }
  /** What only a program can hold. */
  | { readonly odd: Odd };

export type Odd =
  | "NaN"
  | "Infinity"
  | "-Infinity"
  | "bigint"
  | "function"
  | "symbol"
  | "undefined"
  | "circular list"
  | "circular table"
  | "invalid date"
  | "object of a class"
  | "getter that throws"
  | "number as a name";

interface Entry {
  /** `family/what`; never used twice. */
  readonly id: string;
  /** What is wrong, or strange, about it. */
  readonly what: string;
}

/** What a stranger's message may say. What is left out is as an honest peer has it. */
export interface Words {
  /** Instead of the peer's own. */
  readonly headers?: readonly (readonly [string, Header])[];
  readonly contentType?: string | null;
  readonly correlationId?: string | null;
  readonly body?: Bytes;
}

export interface RequestEntry extends Entry, Words {
  /** `plain`: handlers as `register` takes them; `typed`: a contract's. */
  readonly service: "plain" | "typed";
  /** null: none; `inbox`, which is the default: the stranger's own; `service`: the service's queue. */
  readonly replyTo?: string | null;
  readonly ttlMs?: number;
  /** The status that it is answered with; `nothing`: it cannot be answered, and harms nobody. */
  readonly expect: number | "nothing";
}

export interface ReplyEntry extends Entry, Words {
  /** How its caller asks: for the JSON, the text, or by a contract; `stream`: for items, by a contract. */
  readonly call: "json" | "text" | "typed" | "values" | "stream";
  /** How often it is sent. */
  readonly copies?: number;
  /** What is sent before it: frames of a stream. */
  readonly before?: readonly Words[];
  /** `answer`: it is one; `ignored`: the call goes on, and gets the honest answer that follows; else the error's code. */
  readonly expect:
    | "answer"
    | "ignored"
    | "BadReply"
    | "Remote"
    | "Timeout"
    | "TooLarge"
    | "Unavailable"
    | "declared";
}

export interface HeadersEntry extends Entry {
  readonly headers: readonly (readonly [string, Header])[];
  /** `arrives`: whoever gets it reads it; `limit`: the transport takes it, who receives it refuses it, and ends of ours do not send it; `unsendable`: refused before it is sent. */
  readonly expect: "arrives" | "limit" | "unsendable";
}

/** One frame of either protocol, and how it lies. */
export interface HostileFrame {
  /** Of 0-9-1: 1 method, 2 header, 3 body, 8 heartbeat; of 1.0: 0 AMQP, 1 SASL. */
  readonly type: number;
  /** @default that of the consumer */
  readonly channel?: number;
  readonly payload: Bytes;
  /** The size that it says it has, if that is a lie. */
  readonly size?: number;
  /** Of 0-9-1: its last byte, if it is wrong. */
  readonly end?: number;
  /** Of 1.0: where it says that its body begins, in words of 4 bytes. */
  readonly dataOffset?: number;
}

/** What a hostile broker sends. */
export interface FramesEntry extends Entry {
  /** Instead of its first word, or to a consumer that has had a good message. */
  readonly when: "greeting" | "consuming";
  readonly frames: readonly (HostileFrame | { readonly raw: Bytes })[];
  /** Config: it can be taken for a broker's word that it will never work. @default it goes on */
  readonly expect?: "Config";
}

/** What a hostile client sends through an honest broker: a message that no library would make. */
export interface MessageEntry extends Entry {
  /** Of 0-9-1: the payload of the content header, behind class, weight and size; of 1.0: the whole message. */
  readonly bytes: Bytes;
  /** `either`: brokers differ, and may refuse or change it themselves. */
  readonly expect: "quarantined" | "arrives" | "either";
}
