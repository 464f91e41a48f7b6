import type { Bytes, Header, RequestEntry } from "../entry.js";
import { Families } from "./family.js";
import { MALFORMED, STRANGE } from "./json-texts.js";

type Fields = Omit<RequestEntry, "id" | "what">;
type Case = readonly [string, string, Fields];

const JSON_TYPE = "application/json";
/** What the runner's servers take. */
const MAX_BODY_BYTES = 262_144;

function plain(fields: Partial<Fields>): Fields {
  return { service: "plain", contentType: JSON_TYPE, body: "{}", expect: 200, ...fields };
}

function typed(method: string, fields: Partial<Fields>): Fields {
  return {
    service: "typed",
    headers: [["X-Method", method]],
    contentType: JSON_TYPE,
    expect: 400,
    ...fields,
  };
}

function named(method: Header | undefined, fields: Partial<Fields> = {}): Fields {
  return plain({ headers: method === undefined ? [] : [["X-Method", method]], expect: 400, ...fields });
}

function withHeaders(headers: readonly (readonly [string, Header])[], fields: Partial<Fields> = {}): Fields {
  return plain({ headers: [["X-Method", "mirror"], ...headers], ...fields });
}

const METHODS: readonly Case[] = [
  ["missing", "no method", named(undefined)],
  ["empty", "an empty name", named("")],
  ["number", "a number", named(7)],
  ["zero", "a number that is false", named(0)],
  ["fraction", "a fraction", named(1.5)],
  ["true", "a boolean", named(true)],
  ["null", "null", named(null)],
  ["bytes", "the name in bytes", named({ bytes: "mirror" })],
  ["date", "a date", named({ date: 0 })],
  ["list", "the name in a list", named({ list: ["mirror"] })],
  ["table", "a table that looks like a text", named({ table: [["toString", "mirror"]] })],
  ["too-long", "201 characters", named({ text: { times: 201, of: "m" } })],
  ["far-too-long", "15,000 characters", named({ text: { times: 15_000, of: "m" } })],
  ["longest", "200 characters", named({ text: { times: 200, of: "m" } }, { expect: 404 })],
  [
    "longest-emoji",
    "100 emoji, which are 200 characters",
    named({ text: { times: 100, of: "\u{1f9ee}" } }, { expect: 404 }),
  ],
  ["other-case-header", "x-method for X-Method", plain({ headers: [["x-method", "mirror"]], expect: 400 })],
  [
    "space-header",
    "a space before the header's name",
    plain({ headers: [[" X-Method", "mirror"]], expect: 400 }),
  ],
  [
    "homoglyph-header",
    "a Cyrillic letter in the header's name",
    plain({ headers: [["\u0425-Method", "mirror"]], expect: 400 }),
  ],
  [
    "inherited",
    "a method in a header called __proto__",
    plain({ headers: [["__proto__", "mirror"]], expect: 400 }),
  ],
  ...[
    ["proto", "__proto__"],
    ["constructor", "constructor"],
    ["prototype", "prototype"],
    ["to-string", "toString"],
    ["has-own", "hasOwnProperty"],
    ["value-of", "valueOf"],
    ["define-getter", "__defineGetter__"],
    ["then", "then"],
    ["call", "call"],
    ["register", "register"],
    ["get", "get"],
    ["size", "size"],
    ["length", "length"],
    ["path-up", "../../mirror"],
    ["path-dot", "./mirror"],
    ["slash", "/mirror"],
    ["dot", "mirror.call"],
    ["service-dot", "plain.mirror"],
    ["bracket", "mirror[0]"],
    ["parentheses", "mirror()"],
    ["upper", "MIRROR"],
    ["title", "Mirror"],
    ["space-before", " mirror"],
    ["space-behind", "mirror "],
    ["newline-behind", "mirror\n"],
    ["nul-behind", "mirror\u0000"],
    ["nul-hidden", "mirror\u0000.json"],
    ["bom", "\ufeffmirror"],
    ["zero-width", "mir\u200bror"],
    ["soft-hyphen", "mir\u00adror"],
    ["homoglyph", "m\u0456rror"],
    ["full-width", "\uff4dirror"],
    ["combining", "mirro\u0301r"],
    ["dotless", "m\u0131rror"],
    ["bidi", "\u202erorrim"],
    ["star", "*"],
    ["hash", "#"],
    ["question", "mirror?"],
    ["percent", "%6dirror"],
    ["sql", "' OR 1=1 --"],
    ["format", "%s%s%s%n"],
    ["template", "${mirror}"],
    ["regex", "(m+)+r"],
    ["script", "<script>alert(1)</script>"],
    ["terminal", "\u001b[2J\u001b]0;owned\u0007"],
    ["log-line", "x\n2026-01-01 ERROR all is lost"],
    ["json", '{"method":"mirror"}'],
    ["private-use", "\ue000"],
    ["noncharacter", "\uffff"],
  ].map(
    ([name = "", method = ""]): Case => [
      name,
      `a method called ${JSON.stringify(method)}`,
      named(method, { expect: 404 }),
    ],
  ),
];

function deep(name: string, what: string, body: Bytes, expect: 200 | 400 = 400): Case {
  return [name, what, plain({ body, expect })];
}

const nestedArrays = (depth: number, inner: Bytes = ""): Bytes => [
  { times: depth, of: "[" },
  inner,
  { times: depth, of: "]" },
];
const nestedObjects = (depth: number): Bytes => [
  { times: depth, of: '{"a":' },
  "0",
  { times: depth, of: "}" },
];

const DEPTHS: readonly Case[] = [
  deep("arrays-64", "64 arrays in each other", nestedArrays(64), 200),
  deep("arrays-65", "65 arrays in each other", nestedArrays(65)),
  deep("arrays-1000", "1,000 arrays in each other", nestedArrays(1_000)),
  deep("arrays-100000", "100,000 arrays in each other", nestedArrays(100_000)),
  deep("arrays-open", "100,000 arrays that never end", { times: 100_000, of: "[" }),
  deep("arrays-65-filled", "the 65th array has a content", nestedArrays(65, "1,2,3")),
  deep("arrays-late", "it gets deep at the end", ["[", { times: 1_000, of: "0," }, nestedArrays(70), "]"]),
  deep("arrays-comb", "deep again and again", ["[", { times: 20, of: [nestedArrays(70), ","] }, "0]"]),
  deep(
    "arrays-comb-flat",
    "nearly too deep, again and again",
    ["[", { times: 20, of: [nestedArrays(63), ","] }, "0]"],
    200,
  ),
  deep("arrays-spaced", "white space between the brackets", [
    { times: 100, of: "[ \n\t" },
    { times: 100, of: "] " },
  ]),
  deep("arrays-behind-text", "deep behind a text of brackets", ['["]]]]",', nestedArrays(80), "]"]),
  deep("arrays-behind-escape", "deep behind an escaped quote", ['["\\"",', nestedArrays(80), "]"]),
  deep("arrays-behind-backslashes", "deep behind backslashes", ['["\\\\\\\\",', nestedArrays(80), "]"]),
  deep("objects-64", "64 objects in each other", nestedObjects(64), 200),
  deep("objects-65", "65 objects in each other", nestedObjects(65)),
  deep("objects-10000", "10,000 objects in each other", nestedObjects(10_000)),
  deep("objects-open", "objects that never end", { times: 20_000, of: '{"a":' }),
  deep(
    "objects-name-brackets",
    "brackets in names",
    [{ times: 40, of: '{"[[[":' }, "0", { times: 40, of: "}" }],
    200,
  ),
  deep(
    "mixed-64",
    "arrays and objects in turn",
    [{ times: 32, of: '[{"a":' }, "0", { times: 32, of: "}]" }],
    200,
  ),
  deep("mixed-66", "one more of each", [{ times: 33, of: '[{"a":' }, "0", { times: 33, of: "}]" }]),
  deep("mixed-5000", "5,000 of each", [{ times: 5_000, of: '[{"a":' }, "0", { times: 5_000, of: "}]" }]),
];

const KEYS: readonly Case[] = [
  deep("10000", "10,000 names", ["{", { numbered: 10_000, of: '"k#":0', between: "," }, "}"], 200),
  deep("10001", "10,001 names", ["{", { numbered: 10_001, of: '"k#":0', between: "," }, "}"]),
  deep("20000", "20,000 names", ["{", { numbered: 20_000, of: '"k#":0', between: "," }, "}"]),
  deep("objects", "one name in each of 10,001 objects", [
    "[",
    { numbered: 10_001, of: '{"k":#}', between: "," },
    "]",
  ]),
  deep("two-each", "two names in each of 5,001 objects", [
    "[",
    { numbered: 5_001, of: '{"a":#,"b":0}', between: "," },
    "]",
  ]),
  deep("at-the-end", "they come behind much else", [
    "[",
    { times: 1_000, of: "0," },
    "{",
    { numbered: 10_001, of: '"k#":0', between: "," },
    "}]",
  ]),
  deep("numbers", "names that are numbers", ["{", { numbered: 10_001, of: '"#":0', between: "," }, "}"]),
  deep("same-hash", "names that are alike", [
    "{",
    { numbered: 10_001, of: '"aaaaaaa#":0', between: "," },
    "}",
  ]),
  deep(
    "items-are-none",
    "20,000 items of an array are no names",
    ["[", { times: 20_000, of: "0," }, "0]"],
    200,
  ),
];

const POLLUTION: readonly Case[] = [
  deep("proto", "__proto__", '{"__proto__":{"polluted":true}}'),
  deep("proto-null", "__proto__ that is null", '{"__proto__":null}'),
  deep("proto-text", "__proto__ that is a text", '{"__proto__":"x"}'),
  deep("proto-array", "__proto__ that is an array", '{"__proto__":[1]}'),
  deep("proto-escaped", "__proto__ with an escape", '{"\\u005f_proto__":{"polluted":true}}'),
  deep(
    "proto-escaped-all",
    "__proto__ in escapes",
    '{"\\u005f\\u005f\\u0070\\u0072\\u006f\\u0074\\u006f\\u005f\\u005f":{}}',
  ),
  deep("proto-inner", "__proto__ in an object in an object", '{"a":{"b":{"__proto__":{"polluted":true}}}}'),
  deep("proto-in-array", "__proto__ in an array", '[[{"__proto__":{"polluted":true}}]]'),
  deep("proto-twice", "__proto__ in __proto__", '{"__proto__":{"__proto__":{"polluted":true}}}'),
  deep("proto-last", "__proto__ behind 1,000 names", [
    "{",
    { numbered: 1_000, of: '"k#":0', between: "," },
    ',"__proto__":{}}',
  ]),
  deep("proto-deep", "__proto__ at the 64th level", [
    { times: 63, of: "[" },
    '{"__proto__":0}',
    { times: 63, of: "]" },
  ]),
  deep("proto-spaced", "white space behind __proto__", '{"__proto__" \n:{"polluted":true}}'),
  deep("constructor", "constructor with a prototype", '{"constructor":{"prototype":{"polluted":true}}}'),
  deep(
    "constructor-inner",
    "the same, further in",
    '{"a":[{"constructor":{"prototype":{"polluted":true}}}]}',
  ),
  deep("constructor-escaped", "the same, escaped", '{"c\\u006fnstructor":{"prot\\u006ftype":{}}}'),
  deep("constructor-null", "a prototype that is null", '{"constructor":{"prototype":null}}'),
  deep("args", "in the arguments of a call", '[1,{"__proto__":{"polluted":true}}]'),
];

const TYPES: readonly Case[] = [
  ...[
    ["none", null],
    ["empty", ""],
    ["octets", "application/octet-stream"],
    ["text", "text/plain"],
    ["xml", "application/xml"],
    ["no-slash", "json"],
    ["slash", "/"],
    ["semicolon", ";"],
    ["star", "*/*"],
    ["proto", "__proto__"],
    ["constructor", "constructor"],
    ["space", " "],
    ["newline", "application/json\nX-Method: other"],
    ["almost", "application/jsonx"],
    ["json-prefix", "json+application/x"],
    ["plus-only", "+jsonx"],
    ["comma", "application/json,text/html"],
    ["255", "x/".padEnd(255, "y")],
  ].map(
    ([name, type]): Case => [
      `unknown-${name}`,
      `bytes of the type ${JSON.stringify(type)} are the handler's`,
      plain({ headers: [["X-Method", "bytes"]], contentType: type ?? null, body: "not JSON" }),
    ],
  ),
  ...[
    ["upper", "APPLICATION/JSON"],
    ["charset", "application/json; charset=utf-8"],
    ["charset-lie", "application/json; charset=utf-16"],
    ["charset-quoted", 'application/json;charset="x\\"y"'],
    ["parameters", "application/json;;;;a=b"],
    ["spaces", "  application/json  "],
    ["suffix", "application/vnd.x+json"],
    ["suffix-any", "+json"],
    ["suffix-parameter", "x/y+json;z"],
  ].map(
    ([name, type]): Case => [
      `json-${name}`,
      `${JSON.stringify(type)} is JSON, and this is none`,
      plain({ contentType: type ?? "", body: "not JSON", expect: 400 }),
    ],
  ),
  [
    "json-lie-bytes",
    "JSON by its name, bytes by its content, for a handler of bytes",
    plain({ headers: [["X-Method", "bytes"]], body: { hex: "00ff" }, expect: 400 }),
  ],
  ["json-unnamed", "JSON without a type, read as JSON", plain({ contentType: null, body: "[1]" })],
  [
    "text-unnamed",
    "no UTF-8, read as a text",
    plain({ headers: [["X-Method", "text"]], contentType: null, body: { hex: "c3" }, expect: 400 }),
  ],
  [
    "text-lie",
    "no UTF-8 in spite of its type, read as a text",
    plain({
      headers: [["X-Method", "text"]],
      contentType: "text/plain;charset=utf-8",
      body: { hex: "fffe" },
      expect: 400,
    }),
  ],
  [
    "args-object",
    "an object for arguments",
    plain({ headers: [["X-Method", "args"]], body: '{"0":1,"length":1}', expect: 400 }),
  ],
  ["args-null", "null for arguments", plain({ headers: [["X-Method", "args"]], body: "null", expect: 400 })],
  [
    "args-text",
    "a text for arguments",
    plain({ headers: [["X-Method", "args"]], body: '"[1]"', expect: 400 }),
  ],
  [
    "args-number",
    "a number for arguments",
    plain({ headers: [["X-Method", "args"]], body: "1", expect: 400 }),
  ],
  [
    "args-empty",
    "no byte for arguments",
    plain({ headers: [["X-Method", "args"]], contentType: null, body: "", expect: 400 }),
  ],
];

const SIZES: readonly Case[] = [
  [
    "limit",
    "as large as may be",
    plain({ headers: [["X-Method", "bytes"]], contentType: null, body: { times: MAX_BODY_BYTES, of: "x" } }),
  ],
  [
    "limit-1",
    "one byte more",
    plain({
      headers: [["X-Method", "bytes"]],
      contentType: null,
      body: { times: MAX_BODY_BYTES + 1, of: "x" },
      expect: 413,
    }),
  ],
  [
    "limit-4",
    "four times as much",
    plain({
      headers: [["X-Method", "bytes"]],
      contentType: null,
      body: { times: 4 * MAX_BODY_BYTES, of: "x" },
      expect: 413,
    }),
  ],
  [
    "limit-json",
    "too much, and good JSON",
    plain({ body: ['"', { times: MAX_BODY_BYTES, of: "x" }, '"'], expect: 413 }),
  ],
  [
    "limit-bad-json",
    "too much, and bad JSON",
    plain({ body: { times: MAX_BODY_BYTES + 1, of: "[" }, expect: 413 }),
  ],
  [
    "limit-unknown",
    "too much, for a method that there is not",
    named("nobody", { body: { times: MAX_BODY_BYTES + 1, of: "x" }, expect: 404 }),
  ],
  [
    "limit-nameless",
    "too much, for no method",
    named(undefined, { body: { times: MAX_BODY_BYTES + 1, of: "x" } }),
  ],
  [
    "limit-typed",
    "too much, for a contract",
    typed("add", { body: { times: MAX_BODY_BYTES + 1, of: " " }, expect: 413 }),
  ],
];

const HEX32 = "0123456789abcdef0123456789abcdef";
const TAG = "0123456789a";
const IDS: readonly Case[] = [
  ...[
    ["one", "x"],
    ["255", "x".repeat(255)],
    ["255-emoji", "\u{1f9ee}".repeat(63)],
    ["control", "\u0001\u001b[2J\r\n"],
    ["nul", "a\u0000b"],
    ["proto", "__proto__"],
    ["number", "12345678901234567890"],
    ["ours-zero", `${HEX32}.1.1.00000000000`],
    ["ours-largest", `${HEX32}.zzzzzzzzzz.zzzzzzzzzz.zzzzzzzzzzz`],
    ["ours-far", `${HEX32}.1.zzzzzzzzzz.${TAG}`],
    ["ours-past", `${HEX32}.2.1.${TAG}`],
    ["ours-upper", `${HEX32.toUpperCase()}.1.m0000000.${TAG}`],
    ["ours-short", `0123.1.m0000000.${TAG}`],
    ["ours-five", `${HEX32}.1.2.${TAG}.3`],
    ["ours-tag-short", `${HEX32}.1.m0000000.1`],
    ["ours-sign", `${HEX32}.-1.m0000000.${TAG}`],
    ["ours-newline", `${HEX32}.3.m0000000.${TAG}\n`],
    ["ours-empty", `${HEX32}...`],
    ["ours-dots", "................................"],
  ].map(
    ([name, id]): Case => [
      `${name}`,
      `a correlation id ${JSON.stringify(id).slice(0, 60)}`,
      plain({ correlationId: id ?? "", ttlMs: 30_000 }),
    ],
  ),
  [
    "missing",
    "no correlation id, but a reply address: an answer that fits no call",
    plain({ correlationId: null, expect: "nothing" }),
  ],
];

const REPLY_ADDRESSES: readonly Case[] = [
  ["none", "a one-way request", plain({ replyTo: null, correlationId: null, expect: "nothing" })],
  ["none-bad", "a one-way request that is no JSON", plain({ replyTo: null, body: "{", expect: "nothing" })],
  [
    "none-nameless",
    "a one-way request without method",
    named(undefined, { replyTo: null, expect: "nothing" }),
  ],
  [
    "none-unknown",
    "a one-way request for a method that there is not",
    named("nobody", { replyTo: null, expect: "nothing" }),
  ],
  [
    "service",
    "the service's own queue: it would answer itself",
    plain({ replyTo: "service", expect: "nothing" }),
  ],
  [
    "service-nameless",
    "the same, for what is refused",
    named(undefined, { replyTo: "service", expect: "nothing" }),
  ],
  ...[
    ["nobody", "hostile-nobody-has-this-queue"],
    ["direct-forged", "amq.rabbitmq.reply-to.AAAA.AAAA"],
    ["direct-short", "amq.rabbitmq.reply-to"],
    ["direct-dot", "amq.rabbitmq.reply-to."],
    ["direct-no-base64", "amq.rabbitmq.reply-to.****.****"],
    ["direct-term", "amq.rabbitmq.reply-to.g2gCbQ==.g2gCbQ=="],
    ["direct-long", `amq.rabbitmq.reply-to.${"A".repeat(200)}.AAAA`],
    ["exchange-direct", "amq.direct"],
    ["exchange-fanout", "amq.fanout"],
    ["exchange-log", "amq.rabbitmq.log"],
    ["v1-exchange", "/exchange/amq.fanout/x"],
    ["v1-queue-percent", "/queue/%"],
    ["v1-topic", "/topic/x"],
    ["v2-exchange", "/exchanges/amq.fanout/x"],
    ["v2-broken", "/queues/%zz"],
    ["v2-slash", "/queues/a/b"],
    ["v2-empty", "/queues/"],
    ["slash", "/"],
    ["management", "$management"],
    ["dollar", "$cbs"],
    ["artemis-management", "activemq.management"],
    ["artemis-dead-letters", "DLQ"],
    ["artemis-question", "hostile-nobody?auto-delete=true"],
    ["artemis-fqqn", "a::b"],
    ["artemis-prefix", "queue://x"],
    ["artemis-topic", "topic://x"],
    ["qpid-direct", "direct:////?routingkey=''"],
    ["qpid-exchange", "amq.match/x"],
    ["star", "#"],
    ["spaces", "   "],
    ["newline", "x\r\nX-Method: y"],
    ["nul", "x\u0000y"],
    ["terminal", "\u001b[2J"],
    ["bidi", "\u202eeueuq"],
    ["proto", "__proto__"],
    ["path", "../../etc/passwd"],
    ["url", "http://127.0.0.1:15672/api"],
    ["255", "q".repeat(255)],
    ["emoji", "\u{1f9ee}".repeat(60)],
  ].map(
    ([name, replyTo]): Case => [
      `${name}`,
      `a reply address ${JSON.stringify(replyTo).slice(0, 60)}`,
      plain({ replyTo: replyTo ?? "", expect: "nothing" }),
    ],
  ),
];

const TIMES: readonly Case[] = [
  ["longest", "a time to live of 49 days", plain({ ttlMs: 4_294_967_295 })],
  ["timer-limit", "more than a timer can hold", plain({ ttlMs: 2_147_483_648 })],
];

const OPENINGS: readonly Case[] = [
  ...(
    [
      ["credit-negative", "porthos-stream", -1],
      ["credit-text", "porthos-stream", "many"],
      ["credit-fraction", "porthos-stream", 0.5],
      ["credit-true", "porthos-stream", true],
      ["credit-null", "porthos-stream", null],
      ["credit-bytes", "porthos-stream", { bytes: "1" }],
      ["credit-hex", "porthos-stream", "0x10"],
      ["credit-spaces", "porthos-stream", " 1 "],
      ["credit-exponent", "porthos-stream", "1e3"],
      ["credit-unsafe", "porthos-stream", 2 ** 60],
      ["credit-digits", "porthos-stream", "9999999999999999"],
      ["alive-zero", "porthos-alive", 0],
      ["alive-negative", "porthos-alive", -5],
      ["alive-text", "porthos-alive", "soon"],
      ["alive-fraction", "porthos-alive", 2.5],
      ["alive-null", "porthos-alive", null],
      ["alive-date", "porthos-alive", { date: 1 }],
      ["alive-false", "porthos-alive", false],
      ["alive-full-width", "porthos-alive", "\uff11\uff10"],
      ["alive-large", "porthos-alive", 1e300],
    ] as const
  ).map(
    ([name, header, value]): Case => [
      name,
      `${header} is ${JSON.stringify(value)}`,
      withHeaders([[header, value]], { expect: 400 }),
    ],
  ),
  ...(
    [
      ["timeout-zero", 0],
      ["timeout-negative", -1],
      ["timeout-text", "long"],
      ["timeout-true", true],
      ["timeout-fraction", 0.1],
    ] as const
  ).map(
    ([name, value]): Case => [
      name,
      `a stream's porthos-timeout is ${JSON.stringify(value)}`,
      withHeaders(
        [
          ["porthos-stream", 1],
          ["porthos-timeout", value],
        ],
        { expect: 400 },
      ),
    ],
  ),
  ["alive-often", "signs of life each millisecond", withHeaders([["porthos-alive", 1]])],
  ["alive-rare", "signs of life each 1,000 years", withHeaders([["porthos-alive", 31_557_600_000_000]])],
  ["alive-text-number", "an interval in digits", withHeaders([["porthos-alive", "1000"]])],
  ["timeout-alone", "porthos-timeout without a stream", withHeaders([["porthos-timeout", -1]])],
  [
    "not-a-stream",
    "a stream opened on a method that is none",
    withHeaders([["porthos-stream", 1]], { expect: 200 }),
  ],
  ["contract-number", "a contract's hash that is a number", withHeaders([["porthos-contract", 7]])],
  [
    "contract-long",
    "a contract's hash of 10,000 characters",
    withHeaders([["porthos-contract", { text: { times: 10_000, of: "f" } }]]),
  ],
  [
    "contract-wrong",
    "a contract's hash that is none",
    withHeaders([["porthos-contract", "not hexadecimal!"]]),
  ],
  [
    "contract-list",
    "a contract's hash in a list",
    withHeaders([["porthos-contract", { list: ["0123456789abcdef"] }]]),
  ],
  [
    "frame-alive",
    "a frame sent to a service's queue",
    plain({ headers: [["porthos-frame", "alive"]], expect: 400 }),
  ],
  [
    "frame-cancel",
    "a cancel frame sent to a service's queue",
    plain({ headers: [["porthos-frame", "cancel"]], expect: 400 }),
  ],
  [
    "frame-with-method",
    "a request that says it is a frame",
    withHeaders([
      ["porthos-frame", "items"],
      ["porthos-seq", -1],
    ]),
  ],
  ["status", "a request that says it is a reply", withHeaders([["statusCode", 200]])],
  [
    "future",
    "headers of a version to come",
    withHeaders([["porthos-from-the-future", { table: [["a", 1]] }]]),
  ],
];

const VALUES = "application/vnd.porthos.values";
const TAGGED: readonly Case[] = [
  ...[
    ["unknown", '{"$nobody":1}'],
    ["empty-tag", '{"$":1}'],
    ["beside", '{"$date":0,"a":1}'],
    ["two", '{"$date":0,"$bigint":"1"}'],
    ["date-text", '{"$date":"2026"}'],
    ["date-fraction", '{"$date":0.5}'],
    ["date-null", '{"$date":null}'],
    ["date-beyond", '{"$date":8640000000000001}'],
    ["bigint-number", '{"$bigint":1}'],
    ["bigint-hex", '{"$bigint":"0x10"}'],
    ["bigint-empty", '{"$bigint":""}'],
    ["bigint-minus", '{"$bigint":"-"}'],
    ["bigint-minus-zero", '{"$bigint":"-0"}'],
    ["bigint-zeroes", '{"$bigint":"007"}'],
    ["bigint-space", '{"$bigint":" 1"}'],
    ["bigint-arabic", '{"$bigint":"\u0661"}'],
    ["map-object", '{"$map":{}}'],
    ["map-flat", '{"$map":[1,2]}'],
    ["map-three", '{"$map":[[1,2,3]]}'],
    ["map-one", '{"$map":[[1]]}'],
    ["set-object", '{"$set":{}}'],
    ["set-text", '{"$set":"abc"}'],
    ["bytes-number", '{"$bytes":1}'],
    ["bytes-alphabet", '{"$bytes":"!!!!"}'],
    ["bytes-padding", '{"$bytes":"A==="}'],
    ["bytes-unpadded", '{"$bytes":"AA"}'],
    ["bytes-space", '{"$bytes":"AA ="}'],
    ["bytes-url", '{"$bytes":"__-_"}'],
    ["undefined-false", '{"$undefined":false}'],
    ["undefined-text", '{"$undefined":"true"}'],
    ["number-other", '{"$number":"1"}'],
    ["number-proto", '{"$number":"__proto__"}'],
    ["number-array", '{"$number":["NaN"]}'],
    ["proto-tag", '{"$__proto__":1}'],
    ["infinite", "1e999"],
  ].map(
    ([name, body]): Case => [
      `values-${name}`,
      `${body} stands for no value`,
      typed("any", { contentType: VALUES, body: body ?? "" }),
    ],
  ),
  [
    "values-bigint-long",
    "a bigint of 10,001 digits",
    typed("any", { contentType: VALUES, body: ['{"$bigint":"', { times: 10_001, of: "7" }, '"}'] }),
  ],
  [
    "values-deep-sets",
    "66 sets in each other",
    typed("any", {
      contentType: VALUES,
      body: [
        { times: 66, of: '{"$set":[' },
        { times: 66, of: "]}" },
      ],
    }),
  ],
  [
    "values-deep-maps",
    "maps for keys of maps",
    typed("any", {
      contentType: VALUES,
      body: [{ times: 66, of: '{"$map":[[' }, "1,1", { times: 66, of: "]]}" }],
    }),
  ],
  ["values-no-json", "no JSON", typed("any", { contentType: VALUES, body: "{$set:[]}" })],
  ["values-no-utf8", "no UTF-8", typed("any", { contentType: VALUES, body: { hex: "22c322" } })],
];

const INPUTS: readonly Case[] = [
  ...[
    ["null", "null"],
    ["array", "[]"],
    ["text", '"add"'],
    ["missing", "{}"],
    ["text-number", '{"value":"1"}'],
    ["null-number", '{"value":null}'],
    ["object-number", '{"value":{"valueOf":1}}'],
    ["infinite-number", '{"value":1e999}'],
    ["long-note", `{"value":1,"note":"${"x".repeat(100)}"}`],
    ["array-note", '{"value":1,"note":["x"]}'],
    ["other-case", '{"Value":1}'],
    ["duplicate", '{"value":1,"value":"2"}'],
    ["nul-name", '{"value\\u0000":1}'],
    ["length", '{"length":1}'],
  ].map(
    ([name, body]): Case => [
      `input-${name}`,
      `${(body ?? "").slice(0, 40)} is not what the method takes`,
      typed("add", { body: body ?? "" }),
    ],
  ),
  [
    "input-extra",
    "a member more than the contract has",
    typed("add", { body: '{"value":1,"other":2}', expect: 200 }),
  ],
  ["media-none", "no content type and no body", typed("add", { contentType: null, body: "" })],
  [
    "media-xml",
    "XML, for a contract",
    typed("add", { contentType: "application/xml", body: "<a/>", expect: 415 }),
  ],
  [
    "media-text",
    "a text, for a contract",
    typed("add", { contentType: "text/plain", body: '{"value":1}', expect: 415 }),
  ],
  [
    "media-form",
    "a form, for a contract",
    typed("add", { contentType: "application/x-www-form-urlencoded", body: "value=1", expect: 415 }),
  ],
  [
    "media-gzip",
    "an archive, for a contract",
    typed("add", { contentType: "application/gzip", body: { hex: "1f8b0800" }, expect: 415 }),
  ],
  [
    "media-cbor",
    "CBOR, for a contract",
    typed("add", { contentType: "application/cbor", body: { hex: "a0" }, expect: 415 }),
  ],
  [
    "media-proto",
    "__proto__, for a contract",
    typed("add", { contentType: "__proto__", body: "{}", expect: 415 }),
  ],
  [
    "media-garbage",
    "no content type at all",
    typed("add", { contentType: "\u{1f4a9}", body: "{}", expect: 415 }),
  ],
  [
    "media-image",
    "another image than the method takes: bytes are bytes",
    typed("image", { contentType: "image/gif", body: "GIF89a", expect: 200 }),
  ],
  ["media-json", "JSON for an image: bytes too", typed("image", { body: "{", expect: 200 })],
];

/** Requests that no honest peer sends. */
export function requests(): readonly RequestEntry[] {
  const families = new Families<RequestEntry>();
  families.add(
    "json",
    MALFORMED.map(([name, what, body]): Case => [name, what, plain({ body, expect: 400 })]),
  );
  families.add(
    "strange-json",
    STRANGE.map(([name, what, body]): Case => [name, what, plain({ body })]),
  );
  families.add("depth", DEPTHS);
  families.add("keys", KEYS);
  families.add("pollution", POLLUTION);
  families.add("method", METHODS);
  families.add("content-type", TYPES);
  families.add("size", SIZES);
  families.add("correlation-id", IDS);
  families.add("reply-to", REPLY_ADDRESSES);
  families.add("ttl", TIMES);
  families.add("opening", OPENINGS);
  families.add("contract", [...TAGGED, ...INPUTS]);
  return families.entries;
}
