import { bytesOf } from "../data.js";
import type { Bytes, FramesEntry, HostileFrame, MessageEntry } from "../entry.js";
import { Families } from "./family.js";
import { long, short, u8, u16, u32, u64 } from "./octets.js";

type MessageCase = readonly [string, string, Omit<MessageEntry, "id" | "what">];
type FramesCase = readonly [string, string, Omit<FramesEntry, "id" | "what">];
type Expect = MessageEntry["expect"];

/** Property flags (4.2.6.1). */
const HAS = {
  contentType: 0x8000,
  headers: 0x2000,
  deliveryMode: 0x1000,
  priority: 0x0800,
  correlationId: 0x0400,
  replyTo: 0x0200,
  expiration: 0x0100,
  messageId: 0x0080,
  timestamp: 0x0040,
  all: 0xfffc,
} as const;

function table(...fields: readonly Bytes[]): Bytes {
  return [u32(bytesOf(fields).length), fields];
}

function field(name: string, type: string, value: Bytes): Bytes {
  return [short(name), type, value];
}

const METHOD = field("X-Method", "S", long("look"));

/** A message whose headers are a good method and this. */
function header(name: string, what: string, type: string, value: Bytes, expect: Expect): MessageCase {
  return [name, what, { bytes: [u16(HAS.headers), table(METHOD, field("x", type, value))], expect }];
}

/** Tables in tables, or lists in lists, closed or not. */
function nested(kind: "F" | "A", depth: number): Bytes {
  const head = kind === "F" ? 7 : 5;
  const lengths = Array.from(
    { length: depth },
    (_, level) => (depth - level - 1) * head + (level < depth ? 0 : 0),
  );
  return lengths.map((length) => [u32(length), length === 0 ? "" : kind === "F" ? ["\u0001aF"] : "A"]);
}

const VALUES: readonly MessageCase[] = [
  header("int8", "a number of a byte", "b", u8(-1), "arrives"),
  header("uint8", "an unsigned number of a byte", "B", u8(255), "arrives"),
  header("int16", "a number of two bytes", "s", u16(65_535), "arrives"),
  header("uint16", "an unsigned number of two bytes", "u", u16(65_535), "arrives"),
  header("uint32", "an unsigned number of four bytes", "i", u32(4_294_967_295), "arrives"),
  header("int64", "the least number of eight bytes", "l", u64(-(2n ** 63n)), "arrives"),
  header("float", "a number without a value, of four bytes", "f", u32(0x7fc00000), "arrives"),
  header("float-infinite", "a number without an end", "f", u32(0x7f800000), "arrives"),
  header("double-nan", "a number without a value", "d", u64(0x7ff8000000000000n), "either"),
  header("double-signalling", "another one", "d", u64(0x7ff0000000000001n), "either"),
  header(
    "double-infinite",
    "a number without an end, of eight bytes",
    "d",
    u64(0xfff0000000000000n),
    "either",
  ),
  header("decimal", "a decimal of 255 places", "D", [u8(255), u32(4_294_967_295)], "either"),
  header("boolean-2", "a boolean that is two", "t", u8(2), "arrives"),
  header("void", "nothing", "V", "", "arrives"),
  header("timestamp-max", "the last second of all", "T", u64(2n ** 64n - 1n), "arrives"),
  header("timestamp-date", "the first second that no Date holds", "T", u64(8_640_000_000_001n), "arrives"),
  header("bytes", "bytes", "x", [u32(4), { hex: "deadbeef" }], "either"),
  header("text-no-utf8", "a text that is no UTF-8", "S", [u32(2), { hex: "fffe" }], "arrives"),
  header("text-nul", "a text of NULs", "S", [u32(4), u32(0)], "arrives"),
  header(
    "table-proto",
    "a table with __proto__",
    "F",
    table(field("__proto__", "F", table(field("polluted", "t", u8(1))))),
    "arrives",
  ),
  header(
    "table-twice",
    "a table with a name twice",
    "F",
    table(field("a", "V", ""), field("a", "t", u8(1))),
    "either",
  ),
  header(
    "list-mixed",
    "a list of all types",
    "A",
    table("V", ["t", u8(1)], ["S", long("x")], ["I", u32(7)]),
    "either",
  ),
  header("tables-64", "64 tables, the headers among them", "F", nested("F", 63), "either"),
  header("tables-65", "a table too deep", "F", nested("F", 65), "either"),
  header("tables-500", "500 tables in each other", "F", nested("F", 500), "either"),
  header(
    "tables-4000",
    "4,000 tables in each other: the driver's own decoder would end the connection",
    "F",
    nested("F", 4_000),
    "either",
  ),
  header("lists-500", "500 lists in each other", "A", nested("A", 500), "either"),
  header("lists-5000", "5,000 lists in each other", "A", nested("A", 5_000), "either"),
  header("name-proto", "headers behind __proto__", "F", table(), "either"),
  header("type-unknown", "a type that there is not", "?", "", "either"),
  header("type-zero", "the type 0", "\u0000", "", "either"),
  header("type-short", "a type of the specification that no broker has", "L", u64(1n), "either"),
  header("text-beyond", "a text that ends behind its frame", "S", u32(4_294_967_295), "either"),
  header("text-one-beyond", "a text that ends a byte behind its frame", "S", [u32(3), "ab"], "either"),
  header("bytes-beyond", "bytes that end behind their frame", "x", u32(2_147_483_648), "either"),
  header("table-beyond", "a table that ends behind its frame", "F", u32(1_000_000), "either"),
  header(
    "table-over-outer",
    "a table that ends behind the one that it is in",
    "F",
    [u32(12), field("a", "V", "")],
    "either",
  ),
  header("list-beyond", "a list that ends behind its frame", "A", u32(1_000_000), "either"),
  header("number-cut", "a number that is cut", "l", u16(1), "either"),
  header("type-only", "a type and no value", "I", "", "either"),
];

function properties(
  name: string,
  what: string,
  flags: number,
  bytes: Bytes,
  expect: Expect = "either",
): MessageCase {
  return [name, what, { bytes: [u16(flags), bytes], expect }];
}

const GOOD = table(METHOD);

const PROPERTIES: readonly MessageCase[] = [
  properties("none", "no property at all", 0, "", "arrives"),
  properties("length-beyond", "headers that end behind their frame", HAS.headers, u32(100_000)),
  properties("length-less", "headers that are longer than they say", HAS.headers, [u32(3), METHOD]),
  properties("length-zero", "headers of no byte", HAS.headers, u32(0), "arrives"),
  properties("name-beyond", "a name that ends behind its frame", HAS.headers, [u32(5), u8(255), "abcd"]),
  properties("name-only", "a name and nothing else", HAS.headers, [u32(4), short("abc")]),
  properties("all-flags", "all properties, and none of them there", HAS.all, ""),
  properties("continued", "flags that say that more follow", 0x2001, [u16(0), GOOD]),
  properties("reserved", "a flag that means nothing", 0x2002, GOOD),
  properties(
    "type-no-utf8",
    "a content type that is no UTF-8",
    HAS.contentType | HAS.headers,
    [u8(2), { hex: "fffe" }, GOOD],
    "arrives",
  ),
  properties("type-beyond", "a content type that ends behind its frame", HAS.contentType, u8(255)),
  properties(
    "id-no-utf8",
    "a correlation id that is no UTF-8",
    HAS.headers | HAS.correlationId,
    [GOOD, u8(4), { hex: "c0ffee80" }],
    "arrives",
  ),
  properties(
    "id-nul",
    "a correlation id of NULs",
    HAS.headers | HAS.correlationId,
    [GOOD, u8(8), u64(0n)],
    "arrives",
  ),
  properties("id-beyond", "a correlation id that ends behind its frame", HAS.headers | HAS.correlationId, [
    GOOD,
    u8(9),
    "x",
  ]),
  properties(
    "reply-no-utf8",
    "a reply address that is no UTF-8",
    HAS.headers | HAS.replyTo,
    [GOOD, u8(255), { times: 255, of: { hex: "ff" } }],
    "arrives",
  ),
  properties("mode-0", "a delivery mode of 0", HAS.headers | HAS.deliveryMode, [GOOD, u8(0)], "arrives"),
  properties("mode-255", "a delivery mode of 255", HAS.headers | HAS.deliveryMode, [GOOD, u8(255)]),
  properties("priority-255", "a priority of 255", HAS.headers | HAS.priority, [GOOD, u8(255)], "arrives"),
  properties("timestamp-max", "a time at the end of all", HAS.headers | HAS.timestamp, [
    GOOD,
    u64(2n ** 64n - 1n),
  ]),
  properties("timestamp-cut", "a time that is cut", HAS.headers | HAS.timestamp, [GOOD, u16(0)]),
  properties("behind", "bytes behind the properties", HAS.headers, [GOOD, { times: 100, of: { hex: "ff" } }]),
  properties(
    "inherited",
    "a method in headers called __proto__",
    HAS.headers,
    table(field("__proto__", "F", GOOD)),
    "arrives",
  ),
  properties(
    "many",
    "3,000 headers",
    HAS.headers,
    table({ numbered: 3_000, of: "\u0001aV", between: "" }, METHOD),
  ),
];

/** Messages that no 0-9-1 library makes. */
export function messagesOfAmqp091(): readonly MessageEntry[] {
  const families = new Families<MessageEntry>();
  families.add("value", VALUES);
  families.add("properties", PROPERTIES);
  return families.entries;
}

function method(id: number, ...args: readonly Bytes[]): HostileFrame {
  return { type: 1, payload: [u32(id), args] };
}

/** basic.deliver, to the tag that our consumers have. */
const DELIVER = method(0x3c_003c, short("porthos"), u64(9n), u8(0), short(""), short("q"));
const EMPTY_HEADER: HostileFrame = { type: 2, payload: [u16(60), u16(0), u64(0n), u16(0)] };

function consuming(name: string, what: string, ...frames: FramesEntry["frames"]): FramesCase {
  return [name, what, { when: "consuming", frames }];
}

const HEADERS: readonly FramesCase[] = [
  consuming("empty", "a content header of no byte", DELIVER, { type: 2, payload: "" }),
  consuming("one-byte", "a content header of one byte", DELIVER, { type: 2, payload: u8(0) }),
  consuming("class-only", "a content header of a class", DELIVER, { type: 2, payload: u16(60) }),
  consuming("no-flags", "a content header without flags", DELIVER, {
    type: 2,
    payload: [u16(60), u16(0), u64(0n)],
  }),
  consuming("other-class", "a content of a class that has none", DELIVER, {
    type: 2,
    payload: [u16(61), u16(0), u64(0n), u16(0)],
  }),
  consuming("weight", "a content header with a weight", DELIVER, {
    type: 2,
    payload: [u16(60), u16(65_535), u64(0n), u16(0)],
  }),
  consuming("size-2-64", "a body of 2^64 bytes", DELIVER, {
    type: 2,
    payload: [u16(60), u16(0), u64(2n ** 64n - 1n), u16(0)],
  }),
  consuming(
    "size-2-53",
    "a body of 2^53 bytes",
    DELIVER,
    { type: 2, payload: [u16(60), u16(0), u64(2n ** 53n), u16(0)] },
    { type: 3, payload: "x" },
  ),
  consuming("alone", "a content header without its method", EMPTY_HEADER),
  consuming(
    "twice",
    "two content headers",
    DELIVER,
    { type: 2, payload: [u16(60), u16(0), u64(5n), u16(0)] },
    EMPTY_HEADER,
  ),
  consuming("channel-0", "a content header on channel 0", { ...EMPTY_HEADER, channel: 0 }),
  consuming("flags", "properties that are not there", DELIVER, {
    type: 2,
    payload: [u16(60), u16(0), u64(0n), u16(0xfffc)],
  }),
  consuming("deep", "a table 10,000 deep", DELIVER, {
    type: 2,
    payload: [u16(60), u16(0), u64(0n), u16(0x2000), table(field("x", "F", nested("F", 10_000)))],
  }),
];

const BODIES: readonly FramesCase[] = [
  consuming("alone", "a body without its header", DELIVER, { type: 3, payload: "body" }),
  consuming(
    "longer",
    "a body longer than its header says",
    DELIVER,
    { type: 2, payload: [u16(60), u16(0), u64(2n), u16(0)] },
    { type: 3, payload: "longer" },
  ),
  consuming(
    "empty",
    "an empty part of a body, again and again",
    DELIVER,
    { type: 2, payload: [u16(60), u16(0), u64(1n), u16(0)] },
    ...Array.from({ length: 50 }, (): HostileFrame => ({ type: 3, payload: "" })),
    { type: 3, payload: "x" },
  ),
  consuming(
    "interrupted",
    "a method in the middle of a body",
    DELIVER,
    { type: 2, payload: [u16(60), u16(0), u64(9n), u16(0)] },
    { type: 3, payload: "half" },
    DELIVER,
  ),
  consuming("channel-0", "a body on channel 0", { type: 3, channel: 0, payload: "x" }),
  consuming(
    "never",
    "a body that never comes, and then another message",
    DELIVER,
    { type: 2, payload: [u16(60), u16(0), u64(5n), u16(0)] },
    DELIVER,
    EMPTY_HEADER,
  ),
];

const METHODS: readonly FramesCase[] = [
  consuming("empty", "a method frame of no byte", { type: 1, payload: "" }),
  consuming("half", "half a method's number", { type: 1, payload: u16(60) }),
  consuming("unknown", "a method that there is not", method(0x3c_ffff)),
  consuming("class-unknown", "a class that there is not", method(0xffff_0001)),
  consuming("deliver-cut", "a delivery that is cut", method(0x3c_003c, short("porthos"), u16(0))),
  consuming(
    "deliver-no-tag",
    "a delivery to nobody",
    method(0x3c_003c, short("nobody"), u64(1n), u8(0), short(""), short("q")),
    EMPTY_HEADER,
  ),
  consuming(
    "deliver-no-text",
    "a delivery to a tag that is no UTF-8",
    method(0x3c_003c, [u8(2), { hex: "fffe" }], u64(1n), u8(0), short(""), short("q")),
    EMPTY_HEADER,
  ),
  consuming(
    "deliver-tag-0",
    "a delivery with the tag 0",
    method(0x3c_003c, short("porthos"), u64(0n), u8(0), short(""), short("q")),
    EMPTY_HEADER,
  ),
  consuming(
    "deliver-tag-max",
    "a delivery with the largest tag",
    method(0x3c_003c, short("porthos"), u64(2n ** 64n - 1n), u8(0), short(""), short("q")),
    EMPTY_HEADER,
  ),
  consuming(
    "deliver-bits",
    "a delivery with all bits",
    method(0x3c_003c, short("porthos"), u64(7n), u8(255), short(""), short("q")),
    EMPTY_HEADER,
  ),
  consuming(
    "deliver-other-channel",
    "a delivery on a channel that there is not",
    { ...DELIVER, channel: 999 },
    { ...EMPTY_HEADER, channel: 999 },
  ),
  consuming("deliver-channel-0", "a delivery on channel 0", { ...DELIVER, channel: 0 }),
  consuming(
    "return",
    "a message that comes back to who sent none",
    method(0x3c_0032, u16(312), short("NO_ROUTE"), short(""), short("q")),
    EMPTY_HEADER,
  ),
  consuming(
    "return-alone",
    "the beginning of one that comes back",
    method(0x3c_0032, u16(312), short("NO_ROUTE"), short(""), short("q")),
  ),
  consuming("ack", "a confirm for who sent nothing", method(0x3c_0050, u64(1n), u8(0))),
  consuming("ack-many", "a confirm of 2^64 messages", method(0x3c_0050, u64(2n ** 64n - 1n), u8(1))),
  consuming("nack", "a refusal for who sent nothing", method(0x3c_0078, u64(1n), u8(3))),
  consuming("get-empty", "an answer to what nobody asked", method(0x3c_0048, short(""))),
  consuming("declare-ok", "a queue that nobody declared", method(0x32_000b, short("x"), u32(0), u32(0))),
  consuming("cancel", "a consumer that is cancelled", method(0x3c_001e, short("porthos"), u8(1))),
  consuming(
    "cancel-nobody",
    "a consumer that is cancelled, and is nobody",
    method(0x3c_001e, short("nobody"), u8(1)),
  ),
  consuming("flow", "a channel that is stopped", method(0x14_0014, u8(0))),
  consuming(
    "channel-close",
    "a channel that is closed, in words of a terminal",
    method(0x14_0028, u16(541), short("\u001b[2J\r\nINTERNAL"), u16(60), u16(60)),
  ),
  consuming("channel-close-cut", "a channel that is closed, cut", method(0x14_0028, u16(541))),
  consuming("channel-close-0", "channel 0, closed as a channel", {
    ...method(0x14_0028, u16(200), short(""), u16(0), u16(0)),
    channel: 0,
  }),
  consuming("channel-close-ok", "the end of a channel that nobody ended", method(0x14_0029)),
  consuming("open-ok", "a channel that is opened twice", method(0x14_000b, u32(0))),
  consuming("start", "a handshake that begins anew", {
    ...method(0x0a_000a, u8(0), u8(9), table(), long("PLAIN"), long("en_US")),
    channel: 0,
  }),
  consuming("tune", "limits that change", { ...method(0x0a_001e, u16(1), u32(1), u16(1)), channel: 0 }),
  consuming("secure", "a challenge in the middle", { ...method(0x0a_0014, long("challenge")), channel: 0 }),
  consuming("close", "a connection that is closed, in words of a terminal", {
    ...method(0x0a_0032, u16(320), short("\u001b[2Jgone"), u16(0), u16(0)),
    channel: 0,
  }),
  consuming("close-cut", "a connection that is closed, cut", { ...method(0x0a_0032), channel: 0 }),
  consuming("close-ok", "the end of a connection that nobody ended", { ...method(0x0a_0033), channel: 0 }),
  consuming("blocked", "a broker that takes nothing, for a reason that is no UTF-8", {
    ...method(0x0a_003c, [u8(2), { hex: "ff0a" }]),
    channel: 0,
  }),
  consuming("blocked-cut", "a broker that takes nothing, cut", { ...method(0x0a_003c, u8(200)), channel: 0 }),
  consuming("update-secret-ok", "a secret that nobody renewed", { ...method(0x0a_0047), channel: 0 }),
];

const FRAMES: readonly FramesCase[] = [
  consuming("type-0", "a frame of type 0", { type: 0, payload: "x" }),
  consuming("type-9", "a frame of a type that there is not", { type: 9, payload: "x" }),
  consuming("type-255", "a frame of type 255", { type: 255, payload: "" }),
  consuming("end-wrong", "a frame that ends in another byte", { ...DELIVER, end: 0 }),
  consuming("end-header", "a content header that ends in another byte", DELIVER, {
    ...EMPTY_HEADER,
    end: 0xcd,
  }),
  consuming("size-less", "a frame that is longer than it says", { ...DELIVER, size: 5 }),
  consuming("size-more", "a frame that is shorter than it says", { ...DELIVER, size: 200 }),
  consuming("size-huge", "a frame of 4 GiB", { type: 3, payload: "x", size: 4_294_967_295 }),
  consuming("size-negative", "a frame of 2 GiB", { type: 2, payload: "x", size: 2_147_483_648 }),
  consuming("size-limit", "a frame a byte larger than was agreed", {
    type: 3,
    payload: { times: 131_073, of: "x" },
  }),
  consuming("heartbeat-filled", "a heartbeat with a content", { type: 8, channel: 0, payload: "alive" }),
  consuming("heartbeat-channel", "a heartbeat on a channel", { type: 8, payload: "" }),
  consuming(
    "heartbeats",
    "1,000 heartbeats",
    ...Array.from({ length: 1_000 }, (): HostileFrame => ({ type: 8, channel: 0, payload: "" })),
  ),
  consuming("cut", "half a frame", { raw: { hex: "010001000000" } }),
  consuming("cut-one", "one byte", { raw: { hex: "01" } }),
  consuming("greeting", "the greeting of a client", { raw: { hex: "414d515000000901" } }),
  consuming("version", "another version's greeting", { raw: { hex: "414d515000010000" } }),
  consuming("http", "an answer of HTTP", { raw: "HTTP/1.1 400 Bad Request\r\n\r\n" }),
  consuming("tls", "a TLS alert", { raw: { hex: "15030100020230" } }),
  consuming("zeroes", "zeroes", { raw: { times: 5_000, of: { hex: "00" } } }),
  consuming("ones", "0xff", { raw: { times: 5_000, of: { hex: "ff" } } }),
  consuming("text", "a text", { raw: "the quick brown fox jumps over the lazy dog\n" }),
];

const GREETINGS: readonly FramesCase[] = (
  [
    ["nothing", "no byte, and the end", ""],
    ["http", "an answer of HTTP", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"],
    ["amqp10", "the greeting of AMQP 1.0", { hex: "414d515000010000" }],
    ["sasl", "the greeting of SASL", { hex: "414d515003010000" }],
    ["older", "an older version", { hex: "414d515001010008" }],
    ["ssh", "the greeting of SSH", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["smtp", "the greeting of a mail server", "220 mail ESMTP\r\n"],
    ["tls", "a TLS alert", { hex: "15030100020246" }],
    ["zeroes", "zeroes", { times: 1_000, of: { hex: "00" } }],
    ["ones", "0xff", { times: 1_000, of: { hex: "ff" } }],
    ["cut", "half a frame", { hex: "0100000000" }],
    ["huge", "a frame of 4 GiB", { hex: "010000ffffffff000a000a" }],
    ["heartbeat", "a heartbeat for a greeting", { hex: "08000000000000ce" }],
    ["method-0", "no method", { hex: "0100000000000000ce" }],
  ] as const
).map(([name, what, raw]): FramesCase => [name, what, { when: "greeting", frames: [{ raw }] }]);

/** What no honest 0-9-1 broker sends. */
export function framesOfAmqp091(): readonly FramesEntry[] {
  const families = new Families<FramesEntry>();
  families.add("header", HEADERS);
  families.add("body", BODIES);
  families.add("method", METHODS);
  families.add("frame", FRAMES);
  families.add("greeting", GREETINGS);
  return families.entries;
}
