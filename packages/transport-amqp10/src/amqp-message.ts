import type { HeaderValue } from "@porthos-rpc/protocol";
import { AmqpReader, MalformedError } from "./amqp-reader.js";
import { AmqpWriter } from "./amqp-writer.js";

/** Sections of a message (AMQP 1.0 part 3, 3.2), by the number of their descriptor. */
const SECTION = {
  header: 0x70,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  sequence: 0x76,
  value: 0x77,
} as const;

const MAX_UINT = 4_294_967_295;

/** The parts of an outgoing message that this package uses. */
export interface OutgoingMessage {
  readonly durable: boolean;
  readonly ttlMs: number | undefined;
  readonly to: string | undefined;
  readonly subject: string | undefined;
  readonly replyTo: string | undefined;
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  readonly contentType: string | undefined;
  /** A whole section, or nothing. */
  readonly applicationProperties: Uint8Array;
}

/** Where the four bytes of the time to live are in what `encodeMessage` made, if it has one. */
export const TTL_OFFSET = 9;

/** @param body a data section's content, or what writes another section */
export function encodeMessage(
  message: OutgoingMessage,
  body: Uint8Array | ((writer: AmqpWriter) => void),
): Buffer {
  const size = typeof body === "function" ? 256 : body.byteLength;
  const writer = new AmqpWriter(size + message.applicationProperties.byteLength + 320);
  writeHeader(writer, message);
  writeProperties(writer, message);
  writer.raw(message.applicationProperties);
  if (typeof body === "function") {
    writer.descriptor(SECTION.value);
    body(writer);
  } else {
    writer.descriptor(SECTION.data);
    writer.binary(body);
  }
  return writer.finish();
}

/** durable, priority, ttl: in short form, because the time to live has to stand where `TTL_OFFSET` says. */
function writeHeader(writer: AmqpWriter, { durable, ttlMs }: OutgoingMessage): void {
  writer.descriptor(SECTION.header);
  const hasTtl = ttlMs !== undefined;
  // list8: size (its count included) and count.
  writer.raw(hasTtl ? HEADER_WITH_TTL : HEADER_WITHOUT_TTL);
  writer.boolean(durable);
  if (!hasTtl) return;
  writer.null();
  writer.uint(ttlMs);
}

const HEADER_WITH_TTL = Uint8Array.of(0xc0, 8, 3);
const HEADER_WITHOUT_TTL = Uint8Array.of(0xc0, 2, 1);

function writeProperties(writer: AmqpWriter, message: OutgoingMessage): void {
  const { messageId, to, subject, replyTo, correlationId, contentType } = message;
  writer.descriptor(SECTION.properties);
  const list = writer.beginList();
  writeText(writer, messageId);
  writer.null(); // user-id
  writeText(writer, to);
  writeText(writer, subject);
  writeText(writer, replyTo);
  writeText(writer, correlationId);
  if (contentType !== undefined) writer.symbol(contentType);
  writer.end(list, contentType === undefined ? 6 : 7);
}

function writeText(writer: AmqpWriter, text: string | undefined): void {
  if (text === undefined) writer.null();
  else writer.string(text);
}

/** An incoming message, as far as this package reads it. */
export interface IncomingMessage {
  durable: boolean;
  ttlMs: number | undefined;
  firstAcquirer: boolean | undefined;
  deliveryCount: number;
  subject: string | undefined;
  replyTo: string | undefined;
  correlationId: string | undefined;
  contentType: string | undefined;
  headers: Map<string, HeaderValue> | undefined;
  /** The content of the data sections, as views of the bytes. */
  data: Buffer[];
  /** The content of an amqp-value section. */
  value: HeaderValue | undefined;
}

/** @throws {MalformedError} */
export function decodeMessage(bytes: Buffer): IncomingMessage {
  const message: IncomingMessage = {
    durable: false,
    ttlMs: undefined,
    firstAcquirer: undefined,
    deliveryCount: 0,
    subject: undefined,
    replyTo: undefined,
    correlationId: undefined,
    contentType: undefined,
    headers: undefined,
    data: [],
    value: undefined,
  };
  const reader = new AmqpReader(bytes);
  while (!reader.atEnd) readSection(reader, message);
  return message;
}

function readSection(reader: AmqpReader, message: IncomingMessage): void {
  switch (reader.descriptor()) {
    case SECTION.header:
      readHeader(reader, message);
      return;
    case SECTION.properties:
      readProperties(reader, message);
      return;
    case SECTION.applicationProperties:
      message.headers = readMap(reader);
      return;
    case SECTION.data:
      message.data.push(reader.binary());
      return;
    case SECTION.value:
      message.value = reader.value();
      return;
    case SECTION.sequence:
      throw new MalformedError("the body is an AMQP sequence, which nobody here can read");
    default:
      // Annotations, the footer, and what later versions may add.
      reader.skip();
  }
}

function readHeader(reader: AmqpReader, message: IncomingMessage): void {
  const fields = readFields(reader, 5);
  message.durable = fields[0] === true;
  if (isTimeToLive(fields[2])) message.ttlMs = fields[2];
  if (typeof fields[3] === "boolean") message.firstAcquirer = fields[3];
  if (typeof fields[4] === "number") message.deliveryCount = fields[4];
}

/** A stranger may write any type: what is no AMQP uint could become a deadline that no clock knows. */
function isTimeToLive(value: HeaderValue | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_UINT;
}

function readProperties(reader: AmqpReader, message: IncomingMessage): void {
  const fields = readFields(reader, 7);
  message.subject = textOf(fields[3]);
  message.replyTo = textOf(fields[4]);
  message.correlationId = idOf(fields[5]);
  message.contentType = textOf(fields[6]);
}

/** The first `wanted` fields of a list; the others are stepped over. */
function readFields(reader: AmqpReader, wanted: number): readonly HeaderValue[] {
  const count = reader.listHeader();
  const fields: HeaderValue[] = [];
  for (let i = 0; i < count; i++) {
    if (i < wanted) fields.push(reader.value(1));
    else reader.skip();
  }
  return fields;
}

function readMap(reader: AmqpReader): Map<string, HeaderValue> {
  const count = reader.mapHeader();
  const map = new Map<string, HeaderValue>();
  for (let i = 0; i + 1 < count; i += 2) {
    const name = reader.value(1);
    const value = reader.value(1);
    if (typeof name === "string") map.set(name, value);
  }
  return map;
}

function textOf(value: HeaderValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Ids may be text, numbers, uuids or bytes (3.2.11 to 3.2.14); ours are text, a stranger's are only echoed. */
function idOf(value: HeaderValue | undefined): string | undefined {
  return typeof value === "number" ? String(value) : textOf(value);
}
