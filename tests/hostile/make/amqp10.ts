import { bytesOf } from "../data.js";
import type { Bytes, FramesEntry, HostileFrame, MessageEntry } from "../entry.js";
import { Families } from "./family.js";
import { u8, u16, u32, u64 } from "./octets.js";

type MessageCase = readonly [string, string, Omit<MessageEntry, "id" | "what">];
type FramesCase = readonly [string, string, Omit<FramesEntry, "id" | "what">];
type Expect = MessageEntry["expect"];

const NULL: Bytes = { hex: "40" };

function symbol(text: string): Bytes {
  return [u8(0xa3), u8(Buffer.byteLength(text)), text];
}

function string(text: string): Bytes {
  return [u8(0xb1), u32(Buffer.byteLength(text)), text];
}

function list(...items: readonly Bytes[]): Bytes {
  return [u8(0xd0), u32(bytesOf(items).length + 4), u32(items.length), items];
}

function map(...items: readonly Bytes[]): Bytes {
  return [u8(0xd1), u32(bytesOf(items).length + 4), u32(items.length), items];
}

function described(code: number, value: Bytes): Bytes {
  return [{ hex: "0053" }, u8(code), value];
}

const DATA = described(0x75, { hex: "a0027b7d" });
const METHOD = [string("X-Method"), string("look")];

/** Lists in lists; the innermost is empty. */
function lists(depth: number): Bytes {
  const parts: Bytes[] = [];
  for (let level = depth; level > 0; level--) parts.push([u8(0xd0), u32((level - 1) * 9 + 1 + 4), u32(1)]);
  return [parts, u8(0x45)];
}

function message(name: string, what: string, bytes: Bytes, expect: Expect = "either"): MessageCase {
  return [name, what, { bytes, expect }];
}

/** A message whose application properties are a good method and this. */
function header(name: string, what: string, value: Bytes, expect: Expect = "either"): MessageCase {
  return message(name, what, [described(0x74, map(...METHOD, string("x"), value)), DATA], expect);
}

const SECTIONS: readonly MessageCase[] = [
  message("plain", "a good message", [described(0x74, map(...METHOD)), DATA], "arrives"),
  message("data-only", "a body and nothing else", DATA, "arrives"),
  message("empty-data", "a body of no byte", described(0x75, { hex: "a000" }), "arrives"),
  message("many-data", "a body of 100 parts", { times: 100, of: DATA }),
  message("value-text", "a text for a body", described(0x77, string("{}")), "arrives"),
  message("value-map", "a map for a body", described(0x77, map(string("a"), NULL))),
  message(
    "value-deep",
    "2,000 lists in each other for a body: the driver's own decoder would end the connection",
    described(0x77, lists(2_000)),
  ),
  message("value-deep-100", "100 lists in each other for a body", described(0x77, lists(100))),
  message(
    "value-wide",
    "60,000 nulls for a body",
    described(0x77, [u8(0xd0), u32(60_004), u32(60_000), { times: 60_000, of: NULL }]),
  ),
  message("sequence", "a sequence for a body", described(0x76, list(NULL))),
  message("header-text", "a text for a header", [described(0x70, string("x")), DATA]),
  message("header-long", "a header of 200 fields", [
    described(0x70, list(...Array.from({ length: 200 }, () => NULL))),
    DATA,
  ]),
  message("header-types", "a header of wrong types", [
    described(0x70, list(string("yes"), string("4"), string("soon"), u8(0x43), string("x"))),
    DATA,
  ]),
  message("ttl-nan", "a time to live that is no number", [
    described(0x70, list(NULL, NULL, [u8(0x82), u64(0x7ff8000000000000n)])),
    DATA,
  ]),
  message("ttl-infinite", "a time to live without an end", [
    described(0x70, list(NULL, NULL, [u8(0x82), u64(0x7ff0000000000000n)])),
    DATA,
  ]),
  message("ttl-long", "a time to live of eight bytes", [
    described(0x70, list(NULL, NULL, [u8(0x81), u64(-1n)])),
    DATA,
  ]),
  message("count-negative", "a delivery count below nothing", [
    described(0x70, list(NULL, NULL, NULL, NULL, [u8(0x71), u32(0xffffffff)])),
    DATA,
  ]),
  message("properties-map", "a map for properties", [described(0x73, map()), DATA]),
  message("properties-types", "properties of wrong types", [
    described(0x73, list(u8(0x41), u8(0x43), u8(0x44), u8(0x41), u8(0x41), u8(0x41), u8(0x41))),
    DATA,
  ]),
  message("id-bytes", "a correlation id in bytes", [
    described(0x73, list(NULL, NULL, NULL, NULL, NULL, { hex: "a002fffe" })),
    described(0x74, map(...METHOD)),
    DATA,
  ]),
  message("id-uuid", "a correlation id that is a uuid", [
    described(0x73, list(NULL, NULL, NULL, NULL, NULL, [u8(0x98), u64(0n), u64(1n)])),
    described(0x74, map(...METHOD)),
    DATA,
  ]),
  message("id-list", "a correlation id that is a list", [
    described(0x73, list(NULL, NULL, NULL, NULL, NULL, list(NULL))),
    described(0x74, map(...METHOD)),
    DATA,
  ]),
  message("reply-bytes", "a reply address in bytes", [
    described(0x73, list(NULL, NULL, NULL, NULL, { hex: "a00141" })),
    described(0x74, map(...METHOD)),
    DATA,
  ]),
  message("headers-list", "a list for headers", [described(0x74, list(...METHOD)), DATA]),
  message("headers-odd", "a header without a value", [described(0x74, map(...METHOD, string("x"))), DATA]),
  message("headers-numbers", "headers with numbers for names", [
    described(0x74, map(...METHOD, u8(0x43), NULL)),
    DATA,
  ]),
  message("headers-twice", "a header twice", [described(0x74, map(...METHOD, ...METHOD)), DATA]),
  message("sections-twice", "each section twice", [
    { times: 2, of: [described(0x74, map(...METHOD)), DATA] },
  ]),
  message("order", "sections in the wrong order", [DATA, described(0x74, map(...METHOD))]),
  message("footer", "a footer", [DATA, described(0x78, map(symbol("x"), NULL))]),
  message("annotations", "annotations", [
    described(0x72, map(symbol("x-opt-a"), lists(50))),
    described(0x74, map(...METHOD)),
    DATA,
  ]),
  message("annotations-deep", "annotations that are deep", [
    described(0x72, map(symbol("x-opt-a"), lists(1_000))),
    DATA,
  ]),
  message("unknown", "a section of a version to come", [described(0x7f, list(NULL)), DATA]),
  message("symbolic", "a section by its name", [u8(0), symbol("amqp:data:binary"), { hex: "a0027b7d" }]),
  message("descriptor-list", "a list for a descriptor", [u8(0), list(NULL), NULL]),
  message("descriptors", "descriptors of descriptors", { times: 500, of: { hex: "00" } }),
  message("no-descriptor", "a value without a descriptor", string("x")),
  message("nothing", "no byte", ""),
  message("zero", "a zero", { hex: "00" }),
  message("text", "a text", "the quick brown fox"),
  message("cut-size", "a body that ends behind the message", described(0x75, { hex: "b07fffffff00" })),
  message("cut-one", "a body that ends a byte behind the message", described(0x75, { hex: "a00361" })),
  message("cut-header", "headers that are cut", [{ hex: "005374d1" }, u32(1_000), u32(2), string("x")]),
  message("cut-descriptor", "a section that is cut", { hex: "0053" }),
];

const VALUES: readonly MessageCase[] = [
  header("list-deep-64", "64 lists in a header", lists(60)),
  header("list-deep-100", "100 lists in a header", lists(100)),
  header("list-deep-5000", "5,000 lists in a header", lists(5_000)),
  header("map-proto", "a map with __proto__", map(string("__proto__"), map(string("polluted"), u8(0x41)))),
  header("map-key-list", "a map with a list for a name", map(list(NULL), NULL)),
  header(
    "array-overlap",
    "arrays that claim what is behind them",
    list(
      ...Array.from({ length: 200 }, (_, index) => [
        u8(0xf0),
        u32((199 - index) * 10 + 5),
        u32((199 - index) * 10),
        u8(0x40),
      ]),
    ),
  ),
  header("array-nulls", "an array of 4,294,967,295 nulls", [u8(0xf0), u32(5), u32(4_294_967_295), u8(0x40)]),
  header("array-described", "an array of what is described", [u8(0xe0), u8(6), u8(1), { hex: "0053750041" }]),
  header("list-count", "a list of more than it holds", [u8(0xd0), u32(5), u32(1_000_000), NULL]),
  header("list-less", "a list of less than it holds", [u8(0xd0), u32(7), u32(1), NULL, NULL, NULL]),
  header("list-size", "a list that ends behind the message", [u8(0xd0), u32(2_000_000_000), u32(1)]),
  header("string-size", "a text that ends behind the message", [u8(0xb1), u32(4_294_967_295)]),
  header("string-no-utf8", "a text that is no UTF-8", [u8(0xa1), u8(2), { hex: "fffe" }]),
  header("symbol-no-ascii", "a symbol that is not ASCII", [u8(0xa3), u8(2), "\u00e9"]),
  header("char-none", "a character beyond Unicode", [u8(0x73), u32(0xffffffff)]),
  header("char-surrogate", "half a pair for a character", [u8(0x73), u32(0xd800)]),
  header("boolean-2", "a boolean that is two", [u8(0x56), u8(2)]),
  header("float-nan", "a number without a value", [u8(0x72), u32(0x7fc00000)]),
  header("double-nan", "another one", [u8(0x82), u64(0xfff8000000000000n)]),
  header("ulong-max", "the largest number", [u8(0x80), u64(2n ** 64n - 1n)]),
  header("timestamp-max", "the last time of all", [u8(0x83), u64(2n ** 63n - 1n)]),
  header("timestamp-min", "the first time of all", [u8(0x83), u64(-(2n ** 63n))]),
  header("decimal128", "a decimal of sixteen bytes", [u8(0x94), u64(0n), u64(0n)]),
  header("uuid", "a uuid", [u8(0x98), u64(0n), u64(0n)]),
  header("described", "a described value", [u8(0), symbol("x"), NULL]),
  header("described-deep", "described values of described values", [
    { times: 100, of: [u8(0), symbol("x")] },
    NULL,
  ]),
  header("unknown-0f", "a type that there is not", u8(0x0f)),
  header("unknown-57", "a type of one byte that there is not", [u8(0x57), u8(0)]),
  header("unknown-ff", "the type 255", u8(0xff)),
];

/** Messages that no 1.0 library makes. */
export function messagesOfAmqp10(): readonly MessageEntry[] {
  const families = new Families<MessageEntry>();
  families.add("section", SECTIONS);
  families.add("value", VALUES);
  return families.entries;
}

function performative(code: number, ...fields: readonly Bytes[]): HostileFrame {
  return { type: 0, payload: described(code, list(...fields)) };
}

function consuming(name: string, what: string, ...frames: FramesEntry["frames"]): FramesCase {
  return [name, what, { when: "consuming", frames }];
}

const uint = (value: number): Bytes => [u8(0x70), u32(value)];
const binary = (hex: string): Bytes => [u8(0xa0), u8(hex.length / 2), { hex }];

function transfer(handle: Bytes, id: Bytes, body: Bytes, ...more: readonly Bytes[]): HostileFrame {
  const fields = [handle, id, binary("07"), u8(0x43), u8(0x42), u8(0x42), ...more];
  return { type: 0, payload: [described(0x14, list(...fields)), body] };
}

const PERFORMATIVES: readonly FramesCase[] = [
  consuming("unknown", "a performative that there is not", performative(0x2f)),
  consuming("no-list", "a performative that is a text", { type: 0, payload: described(0x14, string("x")) }),
  consuming("no-descriptor", "a frame without a performative", { type: 0, payload: list(NULL) }),
  consuming("symbolic", "a performative by a name that there is not", {
    type: 0,
    payload: [u8(0), symbol("amqp:nothing:list"), list()],
  }),
  consuming("deep", "a performative 2,000 lists deep", {
    type: 0,
    payload: described(0x12, list(lists(2_000))),
  }),
  consuming("deep-20000", "a performative 20,000 lists deep", {
    type: 0,
    payload: described(0x12, list(lists(20_000))),
  }),
  consuming("descriptors", "descriptors of descriptors", { type: 0, payload: { times: 5_000, of: u8(0) } }),
  consuming("wide", "a performative of 50,000 fields", {
    type: 0,
    payload: described(0x13, list({ times: 50_000, of: NULL })),
  }),
  consuming("size-beyond", "a list that ends behind its frame", {
    type: 0,
    payload: [{ hex: "005314d0" }, u32(2_000_000_000), u32(1)],
  }),
  consuming("count-beyond", "a list of more fields than it holds", {
    type: 0,
    payload: [{ hex: "005314d0" }, u32(5), u32(1_000_000), NULL],
  }),
  consuming("string-beyond", "a text that ends behind its frame", {
    type: 0,
    payload: described(0x12, list([u8(0xb1), u32(4_294_967_295)])),
  }),
  consuming("type-unknown", "a type that there is not", {
    type: 0,
    payload: described(0x13, [u8(0xc0), u8(2), u8(1), u8(0x0f)]),
  }),
  consuming("open-twice", "a connection that is opened twice", {
    ...performative(0x10, string("x")),
    channel: 0,
  }),
  consuming(
    "begin-twice",
    "a session that is begun twice",
    performative(0x11, NULL, u8(0x43), uint(10), uint(10)),
  ),
  consuming("begin-nobody", "a session that nobody began", {
    ...performative(0x11, [u8(0x60), u16(999)], u8(0x43), uint(10), uint(10)),
    channel: 77,
  }),
  consuming(
    "attach-nobody",
    "a link that nobody attached",
    performative(0x12, string("nobody"), uint(9), u8(0x41)),
  ),
  consuming("attach-nameless", "a link without a name", performative(0x12, NULL, uint(9), u8(0x41))),
  consuming(
    "flow-nobody",
    "credit for nobody",
    performative(0x13, u8(0x43), uint(1), u8(0x43), uint(1), uint(4_000_000_000)),
  ),
  consuming("flow-empty", "credit without anything", performative(0x13)),
  consuming(
    "flow-text",
    "credit in words",
    performative(0x13, string("a"), string("b"), string("c"), string("d")),
  ),
  consuming(
    "disposition-all",
    "an outcome for all that there ever was",
    performative(0x15, u8(0x42), u8(0x43), uint(4_294_967_295), u8(0x41)),
  ),
  consuming(
    "disposition-back",
    "an outcome from the last to the first",
    performative(0x15, u8(0x42), uint(5), uint(1), u8(0x41)),
  ),
  consuming("disposition-text", "an outcome in words", performative(0x15, string("x"), string("y"))),
  consuming("detach-nobody", "the end of nobody's link", performative(0x16, uint(77), u8(0x41))),
  consuming(
    "detach",
    "the end of a link, in words of a terminal",
    performative(
      0x16,
      u8(0x43),
      u8(0x41),
      described(0x1d, list(symbol("amqp:internal-error"), string("\u001b[2J\r\ngone"))),
    ),
  ),
  consuming(
    "detach-error-text",
    "the end of a link, with a text for its reason",
    performative(0x16, u8(0x43), u8(0x41), string("because")),
  ),
  consuming(
    "end",
    "the end of a session",
    performative(0x17, described(0x1d, list(symbol("amqp:internal-error")))),
  ),
  consuming("end-nobody", "the end of nobody's session", { ...performative(0x17), channel: 99 }),
  consuming("close", "the end of the connection, in words of a terminal", {
    ...performative(0x18, described(0x1d, list(symbol("amqp:connection:forced"), string("\u001b[2J")))),
    channel: 0,
  }),
  consuming("close-text", "the end of the connection, with a text for its reason", {
    ...performative(0x18, string("because")),
    channel: 0,
  }),
  consuming("transfer-nobody", "a message for nobody's link", transfer(uint(77), uint(50), DATA)),
  consuming("transfer-no-handle", "a message for no link", transfer(NULL, uint(50), DATA)),
  consuming("transfer-handle-text", "a message for a link in words", transfer(string("0"), uint(50), DATA)),
  consuming("transfer-no-id", "a message without a number", transfer(u8(0x43), NULL, DATA)),
  consuming(
    "transfer-id-far",
    "a message with a number that is far away",
    transfer(u8(0x43), uint(4_294_967_295), DATA),
  ),
  consuming("transfer-empty", "a message of no byte", transfer(u8(0x43), uint(60), "")),
  consuming(
    "transfer-more",
    "a message that never ends, and then another",
    {
      type: 0,
      payload: [described(0x14, list(u8(0x43), uint(61), binary("07"), u8(0x43), u8(0x42), u8(0x41))), DATA],
    },
    transfer(u8(0x43), uint(62), DATA),
  ),
  consuming(
    "transfer-aborted",
    "a message that is taken back",
    transfer(u8(0x43), uint(63), DATA, NULL, NULL, NULL, u8(0x41)),
  ),
  consuming(
    "transfer-deep",
    "a message 2,000 lists deep",
    transfer(u8(0x43), uint(64), described(0x77, lists(2_000))),
  ),
  consuming("transfer-format", "a message of another format", {
    type: 0,
    payload: [
      described(0x14, list(u8(0x43), uint(65), binary("07"), uint(4_294_967_295), u8(0x42), u8(0x42))),
      "x",
    ],
  }),
  consuming("transfer-other-session", "a message in a session that there is not", {
    ...transfer(u8(0x43), uint(66), DATA),
    channel: 500,
  }),
  consuming("sasl", "an outcome of SASL in the middle", {
    type: 1,
    channel: 0,
    payload: described(0x44, list(u8(0x43))),
  }),
];

const FRAMES: readonly FramesCase[] = [
  consuming("type-2", "a frame of a type that there is not", { type: 2, payload: "x" }),
  consuming("size-0", "a frame of size 0", { type: 0, payload: "", size: 0 }),
  consuming("size-7", "a frame shorter than its head", { type: 0, payload: "", size: 7 }),
  consuming("size-huge", "a frame of 4 GiB", { type: 0, payload: "x", size: 4_294_967_295 }),
  consuming("size-more", "a frame larger than was agreed", { type: 0, payload: "x", size: 1_100_000 }),
  consuming("offset-0", "a frame that begins before itself", { type: 0, payload: list(), dataOffset: 0 }),
  consuming("offset-1", "a frame that begins in its head", { type: 0, payload: list(), dataOffset: 1 }),
  consuming("offset-255", "a frame that begins behind itself", { type: 0, payload: list(), dataOffset: 255 }),
  consuming("empty", "an empty frame on a channel", { type: 0, payload: "" }),
  consuming(
    "empties",
    "1,000 empty frames",
    ...Array.from({ length: 1_000 }, (): HostileFrame => ({ type: 0, channel: 0, payload: "" })),
  ),
  consuming("cut", "half a frame", { raw: { hex: "000000ff0200" } }),
  consuming("greeting", "a greeting in the middle", { raw: { hex: "414d515000010000" } }),
  consuming("http", "an answer of HTTP", { raw: "HTTP/1.1 400 Bad Request\r\n\r\n" }),
  consuming("zeroes", "zeroes", { raw: { times: 4_096, of: u8(0) } }),
  consuming("ones", "0xff", { raw: { times: 4_096, of: u8(255) } }),
  consuming("text", "a text", { raw: "the quick brown fox jumps over the lazy dog\n" }),
];

const GREETINGS: readonly FramesCase[] = (
  [
    ["nothing", "no byte, and the end", ""],
    ["http", "an answer of HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["amqp091", "the greeting of AMQP 0-9-1", { hex: "414d515000000901" }],
    ["tls-wanted", "the greeting of TLS within AMQP", { hex: "414d515002010000" }],
    ["version-2", "a version to come", { hex: "414d515003020000" }],
    ["ssh", "the greeting of SSH", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["zeroes", "zeroes", { times: 1_000, of: u8(0) }],
    ["ones", "0xff", { times: 1_000, of: u8(255) }],
    ["cut", "half a greeting", { hex: "414d51" }],
    [
      "mechanisms-text",
      "a text for the list of mechanisms, which ends behind its frame",
      [{ hex: "414d515003010000" }, { hex: "0000000d02010000005340a1ff" }],
    ],
    [
      "mechanisms-deep",
      "mechanisms 1,000 lists deep",
      [
        { hex: "414d515003010000" },
        u32(1_000 * 9 + 1 + 8 + 3),
        { hex: "02010000" },
        { hex: "005340" },
        lists(1_000),
      ],
    ],
    [
      "frame-huge",
      "a frame of 4 GiB behind a good greeting",
      [{ hex: "414d515003010000" }, { hex: "ffffffff02010000" }],
    ],
  ] as const
).map(
  ([name, what, raw]): FramesCase => [
    name,
    what,
    { when: "greeting", frames: [{ raw }], ...(name.startsWith("mechanisms") ? { expect: "Config" } : {}) },
  ],
);

/** What no honest 1.0 broker sends. */
export function framesOfAmqp10(): readonly FramesEntry[] {
  const families = new Families<FramesEntry>();
  families.add("performative", PERFORMATIVES);
  families.add("frame", FRAMES);
  families.add("greeting", GREETINGS);
  return families.entries;
}
