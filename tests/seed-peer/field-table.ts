import { OctetReader, OctetWriter } from "./octets.js";

/** One entry of a field table, with the type byte that it has on the wire. */
export interface Field {
  readonly name: string;
  /** RabbitMQ's set of type bytes, which is also Go's: `S` long string, `I` int32, `s` int16, `t` boolean … */
  readonly type: string;
  readonly value: FieldValue;
}

export type FieldValue = string | number | bigint | boolean | null | readonly Field[] | EncodedTable;

/** A table as its bytes, length included: one that is nested deeper than this encoder gets. */
export interface EncodedTable {
  readonly octets: Uint8Array;
}

/** Tables within a table. */
export function nestedTable(depth: number): EncodedTable {
  let bytes = 4;
  const levels = [Buffer.alloc(4)];
  for (let level = 0; level < depth; level++) {
    // Its length, then the name "a" and the type of what is in it.
    const start = Buffer.from([0, 0, 0, 0, 1, 0x61, 0x46]);
    start.writeUInt32BE(bytes + 3);
    levels.push(start);
    bytes += start.length;
  }
  return { octets: Buffer.concat(levels.reverse()) };
}

/** Bytes of each integer type; the signed ones are those of `SIGNED`. */
const INTEGER_BYTES: Readonly<Record<string, number>> = { b: 1, B: 1, s: 2, u: 2, I: 4, i: 4, l: 8 };
const SIGNED = "bsIl";

/** A Go string: porthos-go's headers hold nothing else but the status. */
export function text(name: string, value: string): Field {
  return { name, type: "S", value };
}

/** A Go int32, which is what porthos-go sends a status as. */
export function int32(name: string, value: number): Field {
  return { name, type: "I", value };
}

export function encodeTable(fields: readonly Field[]): Buffer {
  const entries = new OctetWriter();
  for (const { name, type, value } of fields) {
    entries.shortString(name).bytes(Buffer.from(type, "latin1"));
    encodeValue(entries, type, value);
  }
  return new OctetWriter().longString(entries.toBuffer()).toBuffer();
}

function encodeValue(writer: OctetWriter, type: string, value: FieldValue): void {
  const size = INTEGER_BYTES[type];
  if (size !== undefined) writer.integer(size, value as number | bigint);
  else if (type === "S") writer.longString(value as string);
  else if (type === "t") writer.integer(1, value === true ? 1 : 0);
  else if (type === "d") writer.bytes(double(value as number));
  else if (type === "F") writer.bytes(tableOctets(value as readonly Field[] | EncodedTable));
  else if (type !== "V") throw new Error(`this peer cannot write a field of type ${type}`);
}

function tableOctets(value: readonly Field[] | EncodedTable): Uint8Array {
  return "octets" in value ? value.octets : encodeTable(value);
}

function double(value: number): Buffer {
  const octets = Buffer.alloc(8);
  octets.writeDoubleBE(value);
  return octets;
}

export function decodeTable(reader: OctetReader): Field[] {
  const entries = new OctetReader(reader.longString());
  const fields: Field[] = [];
  while (!entries.ended) {
    const name = entries.shortString().toString();
    const type = String.fromCharCode(entries.unsigned(1));
    fields.push({ name, type, value: decodeValue(entries, type) });
  }
  return fields;
}

function decodeValue(reader: OctetReader, type: string): FieldValue {
  const size = INTEGER_BYTES[type];
  if (size === 8) return reader.long64();
  if (size !== undefined) return SIGNED.includes(type) ? reader.signed(size) : reader.unsigned(size);
  if (type === "S") return reader.longString().toString();
  if (type === "t") return reader.unsigned(1) !== 0;
  if (type === "d") return reader.bytes(8).readDoubleBE();
  if (type === "F") return decodeTable(reader);
  if (type === "V") return null;
  throw new Error(`this peer cannot read a field of type ${type}`);
}
