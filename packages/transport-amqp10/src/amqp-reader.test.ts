import { describe, expect, test } from "vitest";
import { AmqpReader, MalformedError } from "./amqp-reader.js";
import { AmqpWriter } from "./amqp-writer.js";

function read(hex: string): unknown {
  return new AmqpReader(Buffer.from(hex.replaceAll(" ", ""), "hex")).value();
}

describe("every type of AMQP 1.0 has a value here", () => {
  const rows: readonly (readonly [string, string, unknown])[] = [
    ["null", "40", null],
    ["true", "41", true],
    ["false", "42", false],
    ["boolean true", "56 01", true],
    ["boolean false", "56 00", false],
    ["uint0", "43", 0],
    ["ulong0", "44", 0],
    ["ubyte", "50 ff", 255],
    ["byte", "51 ff", -1],
    ["smalluint", "52 ff", 255],
    ["smallulong", "53 ff", 255],
    ["smallint", "54 80", -128],
    ["smalllong", "55 80", -128],
    ["ushort", "60 ffff", 65_535],
    ["short", "61 ffff", -1],
    ["uint", "70 ffffffff", 4_294_967_295],
    ["int", "71 ffffffff", -1],
    ["float", "72 3fc00000", 1.5],
    ["char", "73 0001f600", "😀"],
    ["char that is none", "73 ffffffff", "\ufffd"],
    ["ulong", "80 0000000100000000", 4_294_967_296],
    ["long", "81 ffffffffffffffff", -1],
    ["double", "82 3ff8000000000000", 1.5],
    ["timestamp", "83 0000000000000001", new Date(1)],
    ["timestamp beyond dates", "83 7fffffffffffffff", 2 ** 63],
    ["decimal32", "74 00000000", null],
    ["uuid", "98 000102030405060708090a0b0c0d0e0f", "00010203-0405-0607-0809-0a0b0c0d0e0f"],
    ["binary", "a0 02 0102", new Uint8Array([1, 2])],
    ["binary32", "b0 00000001 07", new Uint8Array([7])],
    ["string", "a1 02 c3a9", "é"],
    ["symbol", "a3 01 61", "a"],
    ["empty list", "45", []],
    ["list8", "c0 03 02 41 42", [true, false]],
    ["list32", "d0 00000005 00000001 41", [true]],
    ["array8 of int", "e0 0a 02 71 00000001 00000002", [1, 2]],
    ["described value", "00 a3 01 61 41", true],
  ];
  test.each(rows)("%s", (_, hex, value) => {
    expect(read(hex)).toEqual(value);
  });

  test("a map becomes an object without a prototype, __proto__ being a name like any other", () => {
    const value = read("c1 0d 02 a1 09 5f5f70726f746f5f5f 41") as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value)).toEqual(["__proto__"]);
  });
});

describe("what is not AMQP is told, whatever it is", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["nothing", ""],
    ["an unknown type", "3f"],
    ["an int cut short", "71 0000"],
    ["a string longer than the bytes", "a1 ff 61"],
    ["a list longer than the bytes", "c0 ff 01 41"],
    ["a list shorter than its count", "c0 02 05 41"],
    ["a list of four thousand million items", "d0 00000004 ffffffff"],
    ["a size below the count's own", "d0 00000001 00000001"],
    ["a list that ends before its size", "c0 03 01 41 42"],
    ["a list that ends behind its size", "c0 02 02 41 42"],
    ["a map with a key that has no value", "c1 04 01 a1 01 61"],
    ["an array of nulls that claims the bytes behind it", "e0 04 03 40 41 41 41"],
    ["a list in a list that is larger than it", "c0 04 01 c0 05 02 41 41 41 41"],
  ];
  test.each(rows)("%s", (_, hex) => {
    expect(() => read(hex)).toThrow(MalformedError);
  });

  test("arrays that each claim all that follows: they would be far more values than bytes", () => {
    const arrays = Array.from({ length: 6_000 }, (_, index) => {
      const array = Buffer.from([0xf0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40]);
      const behind = (5_999 - index) * array.length;
      array.writeUInt32BE(behind + 5, 1);
      array.writeUInt32BE(behind, 5);
      return array;
    });
    const list = Buffer.from([0xd0, 0, 0, 0, 0, 0, 0, 0x17, 0x70]);
    list.writeUInt32BE(60_004, 1);
    expect(() => new AmqpReader(Buffer.concat([list, ...arrays])).value()).toThrow(MalformedError);
  });

  test("more values than anyone sends, however few bytes they take", () => {
    const list = Buffer.alloc(70_009, 0x40);
    list[0] = 0xd0;
    list.writeUInt32BE(70_004, 1);
    list.writeUInt32BE(70_000, 5);
    expect(() => new AmqpReader(list).value()).toThrow(/more than 65536 values/);
  });

  test("lists nested 2,000 deep, and descriptors nested 100,000 deep", () => {
    let bytes = Buffer.from([0x45]);
    for (let i = 0; i < 2_000; i++) {
      const head = Buffer.from([0xd0, 0, 0, 0, 0, 0, 0, 0, 1]);
      head.writeUInt32BE(bytes.length + 4, 1);
      bytes = Buffer.concat([head, bytes]);
    }
    expect(() => new AmqpReader(bytes).value()).toThrow(/nested deeper/);
    const descriptors = Buffer.alloc(100_000);
    expect(() => new AmqpReader(descriptors).value()).toThrow(MalformedError);
    expect(() => new AmqpReader(descriptors).skip()).toThrow(MalformedError);
  });

  test("random bytes never throw anything else, and never take long", () => {
    let seed = 42;
    const next = (): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return seed >>> 16;
    };
    const codes = [0x00, 0x40, 0x45, 0x54, 0x71, 0xa0, 0xa1, 0xb1, 0xc0, 0xc1, 0xd0, 0xd1, 0xe0, 0xf0, 0x98];
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.alloc(1 + (next() % 40));
      for (let i = 0; i < bytes.length; i++) {
        bytes[i] = next() % 3 === 0 ? (codes[next() % codes.length] ?? 0) : next() % 12;
      }
      for (const act of [() => new AmqpReader(bytes).value(), () => new AmqpReader(bytes).skip()]) {
        try {
          act();
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }
    }
  });
});

test("what is stepped over is not looked into", () => {
  const reader = new AmqpReader(Buffer.from("c0 03 02 3f 3f 41".replaceAll(" ", ""), "hex"));
  reader.skip();
  expect(reader.value()).toBe(true);
  expect(reader.atEnd).toBe(true);
});

test("what the writer writes the reader reads", () => {
  const writer = new AmqpWriter(1);
  writer.int(-200);
  writer.long(-(2 ** 40));
  writer.double(1.5);
  writer.string("é".repeat(200));
  writer.binary(new Uint8Array(300).fill(7));
  const list = writer.beginList();
  writer.boolean(true);
  writer.null();
  writer.end(list, 2);
  const reader = new AmqpReader(writer.finish());
  const values = Array.from({ length: 6 }, () => reader.value());
  expect(values).toEqual([-200, -(2 ** 40), 1.5, "é".repeat(200), new Uint8Array(300).fill(7), [true, null]]);
  expect(reader.atEnd).toBe(true);
});
