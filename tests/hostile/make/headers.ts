import type { Header, HeadersEntry, Odd } from "../entry.js";
import { Families } from "./family.js";

type Fields = Omit<HeadersEntry, "id" | "what">;
type Case = readonly [string, string, Fields];

/** One header with that value. */
function value(header: Header, expect: Fields["expect"] = "arrives"): Fields {
  return { headers: [["x-hostile", header]], expect };
}

/** One header of that name. */
function name(text: string, expect: Fields["expect"] = "arrives"): Fields {
  return { headers: [[text, "value"]], expect };
}

const NUMBERS: readonly Case[] = (
  [
    ["zero", 0],
    ["one", 1],
    ["minus-one", -1],
    ["int8-max", 127],
    ["int8-over", 128],
    ["int8-min", -128],
    ["int8-under", -129],
    ["uint8-max", 255],
    ["uint8-over", 256],
    ["int16-max", 32_767],
    ["int16-over", 32_768],
    ["int16-min", -32_768],
    ["uint16-max", 65_535],
    ["uint16-over", 65_536],
    ["int32-max", 2_147_483_647],
    ["int32-over", 2_147_483_648],
    ["int32-min", -2_147_483_648],
    ["int32-under", -2_147_483_649],
    ["uint32-max", 4_294_967_295],
    ["uint32-over", 4_294_967_296],
    ["safe-max", 9_007_199_254_740_991],
    ["safe-over", 9_007_199_254_740_992],
    ["safe-min", -9_007_199_254_740_991],
    ["int64-under-max", 9_223_372_036_854_774_000],
    ["int64-over", 2 ** 63],
    ["int64-min", -(2 ** 63)],
    ["uint64-max", 2 ** 64],
    ["half", 0.5],
    ["third", 1 / 3],
    ["tiny", 5e-324],
    ["largest", 1.7976931348623157e308],
    ["least", -1.7976931348623157e308],
    ["epsilon", 2.220446049250313e-16],
  ] as const
).map(([title, number]): Case => [title, `the number ${number}`, value(number)]);

const TEXTS: readonly Case[] = [
  ["empty", "an empty text", value("")],
  ["space", "white space", value(" \t\r\n")],
  ["nul", "a NUL", value("a\u0000b")],
  ["control", "control characters", value("\u0001\u0007\u001b[2J\u007f")],
  ["crlf", "what would be another header", value("x\r\nX-Method: other")],
  ["surrogate", "half a pair", value("\ud800")],
  ["noncharacter", "what is no character", value("\uffff")],
  ["bom", "a byte order mark", value("\ufeffx")],
  ["bidi", "an override of the direction", value("\u202ex")],
  ["emoji", "emoji of many parts", value("\u{1f468}\u200d\u{1f469}\u200d\u{1f467}")],
  ["marks", "a letter under 1,000 marks", value({ text: ["a", { times: 1_000, of: "\u0301" }] })],
  ["255", "255 bytes", value({ text: { times: 255, of: "t" } })],
  ["256", "256 bytes", value({ text: { times: 256, of: "t" } })],
  ["10000", "10,000 bytes", value({ text: { times: 10_000, of: "t" } })],
  ["proto", "__proto__", value("__proto__")],
  ["number", "digits", value("007")],
  ["json", "JSON with __proto__", value('{"__proto__":{"polluted":true}}')],
  ["path", "a path", value("../../etc/passwd")],
  ["format", "a format", value("%s%n${x}{0}")],
  ["html", "a script", value("<script>alert(1)</script>")],
  ["sql", "SQL", value("'; DROP TABLE x; --")],
  ["url", "a URL with a password", value("amqp://user:secret@host")],
  ["sbcs", "a letter of Latin-1", value("\u00ff")],
  ["cjk", "letters of three bytes", value("\u6771\u4eac")],
];

const OTHERS: readonly Case[] = [
  ["true", "true", value(true)],
  ["false", "false", value(false)],
  ["null", "null", value(null)],
  ["bytes-empty", "no byte", value({ bytes: "" })],
  ["bytes-zero", "a zero byte", value({ bytes: { hex: "00" } })],
  ["bytes-no-utf8", "bytes that are no UTF-8", value({ bytes: { hex: "fffec0af" } })],
  ["bytes-utf8", "bytes that are a text", value({ bytes: "text" })],
  ["bytes-255", "255 bytes", value({ bytes: { times: 255, of: { hex: "ab" } } })],
  ["bytes-256", "256 bytes", value({ bytes: { times: 256, of: { hex: "ab" } } })],
  ["bytes-10000", "10,000 bytes", value({ bytes: { times: 10_000, of: { hex: "ab" } } })],
  ["bytes-table", "bytes that are a field table", value({ bytes: { hex: "0000000601614600000000" } })],
  ["bytes-amqp", "bytes that are an AMQP list", value({ bytes: { hex: "c003024142" } })],
  ["date-zero", "the first second", value({ date: 0 })],
  ["date-now", "a second of ours", value({ date: 1_700_000_000_000 })],
  ["date-ms", "a part of a second", value({ date: 1_700_000_000_999 })],
  ["date-2038", "the second after 32 bits", value({ date: 2_147_483_648_000 })],
  ["date-9999", "the last year of four digits", value({ date: 253_402_300_799_000 })],
  ["date-last", "the last second that a Date holds", value({ date: 8_640_000_000_000_000 })],
  ["date-before", "a second before 1970", value({ date: -1_000 }, "unsendable")],
];

const NESTED: readonly Case[] = [
  ["list-empty", "an empty list", value({ list: [] })],
  ["list-one", "a list of one", value({ list: [1] })],
  [
    "list-mixed",
    "a list of all types",
    value({ list: [1, "a", true, null, 0.5, { bytes: "x" }, { date: 0 }] }),
  ],
  ["list-nulls", "a list of nulls", value({ list: [null, null, null] })],
  ["list-lists", "lists in a list", value({ list: [{ list: [1] }, { list: [2] }] })],
  ["list-tables", "tables in a list", value({ list: [{ table: [["a", 1]] }, { table: [["a", "b"]] }] })],
  ["list-long", "a list of 500", value({ list: Array.from({ length: 500 }, (_, index) => index) })],
  ["table-one", "a table of one", value({ table: [["a", 1]] })],
  [
    "table-mixed",
    "a table of all types",
    value({
      table: [
        ["a", 1],
        ["b", "x"],
        ["c", false],
        ["d", null],
        ["e", { bytes: "x" }],
        ["f", { date: 0 }],
        ["g", { list: [1] }],
      ],
    }),
  ],
  ["table-proto", "__proto__ in a table", value({ table: [["__proto__", { table: [["polluted", true]] }]] })],
  [
    "table-constructor",
    "constructor in a table",
    value({ table: [["constructor", { table: [["prototype", { table: [["polluted", true]] }]] }]] }),
  ],
  [
    "table-to-string",
    "toString in a table",
    value({
      table: [
        ["toString", "x"],
        ["valueOf", "y"],
      ],
    }),
  ],
  [
    "table-amqplib",
    "a name by which the driver tells types",
    value({
      table: [
        ["!", "int32"],
        ["value", "x"],
      ],
    }),
  ],
  ["table-amqplib-only", "that name alone", value({ table: [["!", "nothing"]] })],
  [
    "table-rhea",
    "names of another driver's",
    value({
      table: [
        ["type", "x"],
        ["value", 1],
        ["descriptor", 2],
      ],
    }),
  ],
  ["table-empty-name", "an empty name in a table", value({ table: [["", 1]] })],
  [
    "table-numbers",
    "names that are numbers",
    value({
      table: [
        ["0", "a"],
        ["1", "b"],
        ["length", 2],
      ],
    }),
  ],
  ["table-then", "a table that looks like a promise", value({ table: [["then", "x"]] })],
  ["table-long-name", "a name of 255 bytes in a table", value({ table: [["n".repeat(255), 1]] })],
  [
    "table-longer-name",
    "a name of 256 bytes in a table",
    value({ table: [["n".repeat(256), 1]] }, "unsendable"),
  ],
  ["lists-8", "8 lists in each other", value({ nested: "list", depth: 8 })],
  ["lists-31", "31 lists in each other", value({ nested: "list", depth: 31 })],
  ["lists-33", "33 lists in each other", value({ nested: "list", depth: 33 }, "unsendable")],
  ["lists-1000", "1,000 lists in each other", value({ nested: "list", depth: 1_000 }, "unsendable")],
  ["lists-20000", "20,000 lists in each other", value({ nested: "list", depth: 20_000 }, "unsendable")],
  ["tables-8", "8 tables in each other", value({ nested: "table", depth: 8 })],
  ["tables-31", "31 tables in each other", value({ nested: "table", depth: 31 })],
  ["tables-33", "33 tables in each other", value({ nested: "table", depth: 33 }, "unsendable")],
  ["tables-20000", "20,000 tables in each other", value({ nested: "table", depth: 20_000 }, "unsendable")],
];

const ODD: readonly Odd[] = [
  "NaN",
  "Infinity",
  "-Infinity",
  "bigint",
  "function",
  "symbol",
  "undefined",
  "circular list",
  "circular table",
  "invalid date",
  "object of a class",
  "getter that throws",
  "number as a name",
];

const ODDITIES: readonly Case[] = [
  ...ODD.map(
    (odd): Case => [odd.replaceAll(" ", "-"), `${odd}, which no wire holds`, value({ odd }, "unsendable")],
  ),
  ...ODD.filter((odd) => odd !== "number as a name").flatMap((odd): Case[] => [
    [`list-${odd.replaceAll(" ", "-")}`, `${odd} in a list`, value({ list: [1, { odd }] }, "unsendable")],
    [
      `table-${odd.replaceAll(" ", "-")}`,
      `${odd} in a table`,
      value({ table: [["inner", { odd }]] }, "unsendable"),
    ],
  ]),
];

const NAMES: readonly Case[] = [
  ...[
    ["space", " "],
    ["proto", "__proto__"],
    ["constructor", "constructor"],
    ["prototype", "prototype"],
    ["to-string", "toString"],
    ["has-own", "hasOwnProperty"],
    ["value-of", "valueOf"],
    ["then", "then"],
    ["length", "length"],
    ["size", "size"],
    ["bang", "!"],
    ["dollar", "$"],
    ["hash", "#"],
    ["star", "*"],
    ["dot", "a.b"],
    ["slash", "a/b"],
    ["colon", "a:b"],
    ["equals", "a=b"],
    ["comma", "a,b"],
    ["quote", '"'],
    ["backslash", "\\"],
    ["nul", "a\u0000b"],
    ["newline", "a\nb"],
    ["terminal", "\u001b[2J"],
    ["bom", "\ufeffa"],
    ["bidi", "\u202ea"],
    ["emoji", "\u{1f9ee}"],
    ["cjk", "\u6771\u4eac"],
    ["accent", "na\u00efve"],
    ["accent-parts", "nai\u0308ve"],
    ["number", "0"],
    ["negative", "-1"],
    ["upper", "X-HOSTILE"],
    ["200", "n".repeat(200)],
    ["255", "n".repeat(255)],
    ["255-letters", `${"\u00e9".repeat(127)}x`],
    ["x-death", "x-death-like"],
    ["x-opt", "x-opt-hostile"],
    ["traceparent", "traceparent"],
    ["priority", "priority"],
    ["correlation", "correlation_id"],
    ["reply", "reply_to"],
    ["status-case", "STATUSCODE"],
  ].map(
    ([title = "", text = ""]): Case => [
      title,
      `a header called ${JSON.stringify(text).slice(0, 60)}`,
      name(text),
    ],
  ),
  ["256", "a name of 256 bytes", name("n".repeat(256), "unsendable")],
  ["256-letters", "a name of 128 letters and 256 bytes", name("\u00e9".repeat(128), "unsendable")],
  ["10000", "a name of 10,000 bytes", name("n".repeat(10_000), "unsendable")],
];

function many(count: number, each: (index: number) => Header, expect: Fields["expect"]): Fields {
  return {
    headers: Array.from({ length: count }, (_, index) => [`h${index}`, each(index)] as const),
    expect,
  };
}

const AMOUNTS: readonly Case[] = [
  ["none", "no header", { headers: [], expect: "arrives" }],
  ["50", "50 headers", many(50, (index) => index, "arrives")],
  ["60", "60 headers", many(60, String, "arrives")],
  ["65", "65 headers", many(65, (index) => index, "limit")],
  ["100", "100 headers", many(100, () => true, "limit")],
  ["500", "500 headers", many(500, () => null, "limit")],
  ["15-kib", "headers of 15 KiB", value({ text: { times: 15_360, of: "h" } })],
  [
    "15-kib-parts",
    "30 headers of half a KiB",
    many(30, () => ({ text: { times: 500, of: "h" } }), "arrives"),
  ],
  ["17-kib", "headers of 17 KiB", value({ text: { times: 17_408, of: "h" } }, "limit")],
  ["17-kib-bytes", "bytes of 17 KiB", value({ bytes: { times: 17_408, of: { hex: "00" } } }, "limit")],
  ["17-kib-parts", "40 headers of half a KiB", many(40, () => ({ text: { times: 512, of: "h" } }), "limit")],
  [
    "17-kib-names",
    "60 names of 250 bytes, and values",
    many(60, (index) => ({ text: [String(index), { times: 300, of: "h" }] }), "limit"),
  ],
  [
    "17-kib-list",
    "a list of 17 KiB",
    value({ list: Array.from({ length: 35 }, () => ({ text: { times: 512, of: "h" } })) }, "limit"),
  ],
  [
    "17-kib-table",
    "a table of 17 KiB",
    value(
      {
        table: Array.from(
          { length: 35 },
          (_, index) => [`t${index}`, { text: { times: 512, of: "h" } }] as const,
        ),
      },
      "limit",
    ),
  ],
  ["60-kib", "headers of 60 KiB", value({ text: { times: 60_000, of: "h" } }, "limit")],
  ["65-kib", "more than 64 KiB", value({ text: { times: 66_000, of: "h" } }, "unsendable")],
  [
    "65-kib-bytes",
    "bytes of more than 64 KiB",
    value({ bytes: { times: 66_000, of: { hex: "00" } } }, "unsendable"),
  ],
  [
    "65-kib-parts",
    "130 headers of half a KiB",
    many(130, () => ({ text: { times: 512, of: "h" } }), "unsendable"),
  ],
  ["1-mib", "a header of 1 MiB", value({ text: { times: 1_048_576, of: "h" } }, "unsendable")],
];

/** Headers that nobody needs. */
export function headers(): readonly HeadersEntry[] {
  const families = new Families<HeadersEntry>();
  families.add("number", NUMBERS);
  families.add("text", TEXTS);
  families.add("other", OTHERS);
  families.add("nested", NESTED);
  families.add("odd", ODDITIES);
  families.add("name", NAMES);
  families.add("amount", AMOUNTS);
  return families.entries;
}
