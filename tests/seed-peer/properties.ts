import { decodeTable, encodeTable, type Field } from "./field-table.js";
import { OctetReader, OctetWriter } from "./octets.js";

/** The properties of a message as they stand on the wire; what is absent there is undefined here. */
export interface Properties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly headers?: readonly Field[];
  readonly deliveryMode?: number;
  readonly priority?: number;
  /** Bytes, since no specification makes them a text. */
  readonly correlationId?: Uint8Array;
  readonly replyTo?: string;
  readonly expiration?: string;
  readonly messageId?: string;
  readonly type?: string;
  readonly userId?: string;
  readonly appId?: string;
  readonly clusterId?: string;
}

type Name = keyof Properties | "timestamp";

/** In the order of their flags, from bit 15 down (section 4.2.6.1 and the class `basic`). */
const ORDER: readonly Name[] = [
  "contentType",
  "contentEncoding",
  "headers",
  "deliveryMode",
  "priority",
  "correlationId",
  "replyTo",
  "expiration",
  "messageId",
  "timestamp",
  "type",
  "userId",
  "appId",
  "clusterId",
];

const BASIC_CLASS = 60;

/** The payload of a content header frame. A property that is absent or empty gets no flag, as in Go. */
export function encodeHeader(properties: Properties, bodyBytes: number): Buffer {
  let flags = 0;
  const values = new OctetWriter();
  for (const [index, name] of ORDER.entries()) {
    const value = name === "timestamp" ? undefined : properties[name];
    if (
      value === undefined ||
      ((typeof value === "object" || typeof value === "string") && value.length === 0)
    )
      continue;
    flags |= 1 << (15 - index);
    if (name === "headers") values.bytes(encodeTable(value as readonly Field[]));
    else if (typeof value === "number") values.integer(1, value);
    else values.shortString(value as string | Uint8Array);
  }
  const start = new OctetWriter()
    .integer(2, BASIC_CLASS)
    .integer(2, 0)
    .integer(8, bodyBytes)
    .integer(2, flags);
  return start.bytes(values.toBuffer()).toBuffer();
}

export interface ContentHeader {
  readonly bodyBytes: number;
  readonly properties: Properties;
}

export function decodeHeader(payload: Buffer): ContentHeader {
  const reader = new OctetReader(payload);
  reader.bytes(4);
  const bodyBytes = Number(reader.long64());
  const flags = reader.unsigned(2);
  const properties: Partial<Record<Name, unknown>> = {};
  for (const [index, name] of ORDER.entries()) {
    if ((flags & (1 << (15 - index))) !== 0) properties[name] = decodeProperty(name, reader);
  }
  return { bodyBytes, properties: properties as Properties };
}

function decodeProperty(name: Name, reader: OctetReader): unknown {
  if (name === "headers") return decodeTable(reader);
  if (name === "deliveryMode" || name === "priority") return reader.unsigned(1);
  if (name === "timestamp") return reader.long64();
  const octets = reader.shortString();
  return name === "correlationId" ? Buffer.from(octets) : octets.toString();
}
