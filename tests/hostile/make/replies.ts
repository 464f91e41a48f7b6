import type { Bytes, Header, ReplyEntry, Words } from "../entry.js";
import { Families } from "./family.js";
import { MALFORMED, STRANGE } from "./json-texts.js";

type Fields = Omit<ReplyEntry, "id" | "what">;
type Case = readonly [string, string, Fields];
type Named = readonly (readonly [string, Header])[];

const JSON_TYPE = "application/json";
const PROBLEM = "application/problem+json";
const VALUES = "application/vnd.porthos.values";
const HEX32 = "0123456789abcdef0123456789abcdef";

function reply(fields: Partial<Fields>): Fields {
  return { call: "json", contentType: JSON_TYPE, body: "{}", expect: "answer", ...fields };
}

function status(value: Header | undefined, expect: Fields["expect"]): Fields {
  return reply({ headers: value === undefined ? [] : [["statusCode", value]], expect });
}

const STATUSES: readonly Case[] = [
  ["missing", "no status", status(undefined, "BadReply")],
  ["other-case", "StatusCode", reply({ headers: [["StatusCode", 200]], expect: "BadReply" })],
  ["snake", "status_code", reply({ headers: [["status_code", 200]], expect: "BadReply" })],
  [
    "inherited",
    "a status in a header called __proto__",
    reply({ headers: [["__proto__", 200]], expect: "BadReply" }),
  ],
  ["null", "null", status(null, "BadReply")],
  ["true", "a boolean", status(true, "BadReply")],
  ["empty", "no digit", status("", "BadReply")],
  ["word", "a word", status("OK", "BadReply")],
  ["line", "a status line", status("200 OK", "BadReply")],
  ["space", "white space", status(" 200", "BadReply")],
  ["newline", "a line feed behind it", status("200\n", "BadReply")],
  ["plus", "a sign", status("+200", "BadReply")],
  ["minus", "a negative number in digits", status("-200", "BadReply")],
  ["hex", "hexadecimal digits", status("0xc8", "BadReply")],
  ["exponent", "an exponent", status("2e2", "BadReply")],
  ["dot", "a fraction in digits", status("200.0", "BadReply")],
  ["full-width", "full-width digits", status("\uff12\uff10\uff10", "BadReply")],
  ["arabic", "Arabic digits", status("\u0662\u0660\u0660", "BadReply")],
  ["ten-digits", "ten digits", status("2000000000", "BadReply")],
  ["many-digits", "1,000 digits", status({ text: { times: 1_000, of: "2" } }, "BadReply")],
  ["fraction", "a fraction", status(200.5, "BadReply")],
  ["tiny", "a fraction above nothing", status(5e-324, "BadReply")],
  ["negative", "a negative number", status(-1, "BadReply")],
  ["least", "the least int32", status(-2_147_483_648, "BadReply")],
  ["bytes", "bytes", status({ bytes: "200" }, "BadReply")],
  ["date", "a date", status({ date: 200_000 }, "BadReply")],
  ["list", "a list", status({ list: [200] }, "BadReply")],
  ["table", "a table", status({ table: [["valueOf", 200]] }, "BadReply")],
  ["digits", "digits, as a peer without numbers sends them", status("200", "answer")],
  ["nine-digits", "nine digits", status("000000200", "answer")],
  ["zero", "0", status(0, "answer")],
  ["one", "1", status(1, "answer")],
  ["hundred", "100: go on", status(100, "answer")],
  ["switching", "101: another protocol", status(101, "answer")],
  ["early", "103: hints", status(103, "answer")],
  ["no-content", "204, and a content", status(204, "answer")],
  ["redirect", "302: nobody follows it", status(302, "answer")],
  ["teapot", "418", status(418, "answer")],
  ["six-hundred", "600", status(600, "answer")],
  ["largest", "the largest int32", status(2_147_483_647, "answer")],
  ["int64", "an int64", status(4_294_967_496, "answer")],
  ["safe", "the largest safe integer", status(9_007_199_254_740_991, "answer")],
];

const TYPED_STATUSES: readonly Case[] = [
  [
    "typed-zero",
    "0, for a contract",
    reply({ call: "typed", headers: [["statusCode", 0]], expect: "Remote" }),
  ],
  [
    "typed-go-on",
    "100, for a contract",
    reply({ call: "typed", headers: [["statusCode", 100]], expect: "Remote" }),
  ],
  [
    "typed-redirect",
    "302, for a contract",
    reply({ call: "typed", headers: [["statusCode", 302]], expect: "Remote" }),
  ],
  [
    "typed-large",
    "2,000,000,000, for a contract",
    reply({ call: "typed", headers: [["statusCode", 2_000_000_000]], expect: "Remote" }),
  ],
  [
    "typed-300",
    "300, for a contract",
    reply({ call: "typed", headers: [["statusCode", 300]], body: "1", expect: "Remote" }),
  ],
  [
    "typed-299",
    "299, for a contract",
    reply({ call: "typed", headers: [["statusCode", 299]], body: "1", expect: "answer" }),
  ],
];

function problem(code: number, body: Bytes, expect: Fields["expect"] = "Remote"): Fields {
  return reply({ call: "typed", headers: [["statusCode", code]], contentType: PROBLEM, body, expect });
}

const PROBLEMS: readonly Case[] = [
  ["empty", "no byte", problem(500, "")],
  ["no-json", "no JSON", problem(500, "<html>")],
  ["no-utf8", "no UTF-8", problem(500, { hex: "7b22ff227d" })],
  ["null", "null", problem(500, "null")],
  ["array", "an array", problem(500, "[]")],
  ["text", "a text", problem(500, '"failed"')],
  ["number", "a number", problem(500, "500")],
  ["title-number", "a title that is a number", problem(500, '{"title":5}')],
  ["title-object", "a title that is an object", problem(500, '{"title":{"toString":"x"}}')],
  ["title-array", "a title that is an array", problem(500, '{"title":["x"]}')],
  ["title-empty", "empty words", problem(500, '{"title":"","detail":""}')],
  [
    "title-long",
    "a title of 100,000 characters",
    problem(500, ['{"title":"', { times: 100_000, of: "t" }, '"}']),
  ],
  [
    "title-spaces",
    "a title of 100,000 spaces",
    problem(500, ['{"title":"', { times: 100_000, of: " " }, 'x"}']),
  ],
  [
    "title-lines",
    "a title that writes lines into logs",
    problem(500, '{"title":"x\\n2026-01-01 ERROR all is lost\\r\\n"}'),
  ],
  [
    "title-terminal",
    "a title that commands terminals",
    problem(500, '{"title":"\\u001b[2J\\u001b]0;owned\\u0007"}'),
  ],
  ["title-csi", "a title with an 8-bit command", problem(500, '{"title":"\\u009b2J"}')],
  [
    "title-backspace",
    "a title that overwrites what is before it",
    problem(500, '{"title":"\\b\\b\\b\\b\\bgood"}'),
  ],
  ["title-nul", "a NUL in a title", problem(500, '{"title":"a\\u0000b"}')],
  ["title-bidi", "a title that turns the direction", problem(500, '{"title":"\\u202e\\u2066lla"}')],
  ["title-separators", "line separators in a title", problem(500, '{"title":"a\\u2028b\\u2029c"}')],
  ["title-zero-width", "characters that nobody sees", problem(500, '{"title":"a\\u200b\\ufeff\\u00adb"}')],
  ["title-tags", "tags in a title", problem(500, '{"title":"<img src=x onerror=alert(1)>"}')],
  ["title-format", "a format in a title", problem(500, '{"title":"%s %o %c ${x}"}')],
  ["title-surrogate", "half a pair in a title", problem(500, '{"title":"\\ud83d"}')],
  [
    "title-cut-pair",
    "a pair where words are cut",
    problem(500, ['{"title":"', { times: 299, of: "t" }, '\\ud83d\\ude00"}']),
  ],
  [
    "title-marks",
    "a letter under 10,000 marks",
    problem(500, ['{"title":"a', { times: 10_000, of: "\u0301" }, '"}']),
  ],
  ["detail-only", "a detail without a title", problem(500, '{"detail":"why"}')],
  [
    "detail-long",
    "a long detail behind a short title",
    problem(500, ['{"title":"x","detail":"', { times: 50_000, of: "d" }, '"}']),
  ],
  ["executed-true", "executed that is a boolean", problem(500, '{"executed":true}')],
  ["executed-word", "executed that is another word", problem(500, '{"executed":"perhaps"}')],
  ["executed-upper", "executed in capitals", problem(500, '{"executed":"NO"}')],
  ["executed-array", "executed in an array", problem(500, '{"executed":["no"]}')],
  ["executed-no", "executed: no, in a 500", problem(500, '{"executed":"no"}')],
  ["status-other", "another status inside than outside", problem(500, '{"status":200}')],
  ["status-text", "a status that is a text inside", problem(500, '{"status":"200"}')],
  [
    "stack",
    "a stack trace",
    problem(500, '{"stack":"Error\\n    at /srv/app.js:1:1","name":"TypeError","cause":{}}'),
  ],
  [
    "error-like",
    "what looks like an error of ours",
    problem(500, '{"name":"RpcError","code":"Closed","message":"closed","retryable":true}'),
  ],
  ["to-json", "a member toJSON", problem(500, '{"toJSON":"x","then":"y"}')],
  ["type-number", "a type that is a number", problem(504, '{"type":7}')],
  ["type-other", "a type of somebody else's", problem(504, '{"type":"about:blank"}')],
  ["type-almost", "almost our type", problem(504, '{"type":"urn:porthos:timeout "}')],
  ["timeout-200", "our timeout's type in a 200", problem(200, '{"type":"urn:porthos:timeout"}', "BadReply")],
  ["timeout-500", "our timeout's type in a 500", problem(500, '{"type":"urn:porthos:timeout"}')],
  [
    "timeout",
    "a server's word that the time is over",
    problem(504, '{"type":"urn:porthos:timeout","executed":"no"}', "Timeout"),
  ],
  [
    "timeout-yes",
    "a server's word, with executed: yes",
    problem(504, '{"type":"urn:porthos:timeout","executed":"yes"}', "Timeout"),
  ],
  [
    "timeout-bad-executed",
    "a server's word, with a wrong executed",
    problem(504, '{"type":"urn:porthos:timeout","executed":7}', "Timeout"),
  ],
  [
    "timeout-large",
    "a server's word of 5,000 bytes: it is none",
    problem(504, ['{"type":"urn:porthos:timeout","x":"', { times: 5_000, of: "x" }, '"}']),
  ],
  [
    "other-type",
    "a problem that says it is JSON",
    reply({ call: "typed", headers: [["statusCode", 500]], body: '{"title":"x"}', expect: "Remote" }),
  ],
  [
    "no-type",
    "a problem without a type",
    reply({
      call: "typed",
      headers: [["statusCode", 500]],
      contentType: null,
      body: '{"title":"x"}',
      expect: "Remote",
    }),
  ],
  [
    "binary",
    "a program for an error",
    reply({
      call: "typed",
      headers: [["statusCode", 500]],
      contentType: "application/x-elf",
      body: { hex: "7f454c46" },
      expect: "Remote",
    }),
  ],
];

const declared = (body: Bytes): Fields => problem(422, body);

const DECLARED: readonly Case[] = [
  [
    "known",
    "a declared error",
    problem(422, '{"type":"urn:porthos:error:tooLarge","data":{"max":1}}', "declared"),
  ],
  [
    "extra",
    "a declared error with more than it declares",
    problem(422, '{"type":"urn:porthos:error:tooLarge","data":{"max":1,"x":2}}', "declared"),
  ],
  ["unknown", "an error that nobody declares", declared('{"type":"urn:porthos:error:nobody","data":{}}')],
  ["proto", "an error called __proto__", declared('{"type":"urn:porthos:error:__proto__","data":{}}')],
  [
    "constructor",
    "an error called constructor",
    declared('{"type":"urn:porthos:error:constructor","data":{}}'),
  ],
  ["to-string", "an error called toString", declared('{"type":"urn:porthos:error:toString"}')],
  ["nameless", "an error without a name", declared('{"type":"urn:porthos:error:"}')],
  ["case", "a name in other letters", declared('{"type":"urn:porthos:error:TOOLARGE","data":{"max":1}}')],
  ["space", "a name with a space", declared('{"type":"urn:porthos:error:tooLarge ","data":{"max":1}}')],
  ["prefix", "a URN in other letters", declared('{"type":"URN:porthos:error:tooLarge","data":{"max":1}}')],
  [
    "other-status",
    "another status than the declared one: its name counts",
    problem(500, '{"type":"urn:porthos:error:tooLarge","data":{"max":1}}', "declared"),
  ],
  ["no-data", "no data", declared('{"type":"urn:porthos:error:tooLarge"}')],
  ["null-data", "data that is null", declared('{"type":"urn:porthos:error:tooLarge","data":null}')],
  ["text-data", "data of another type", declared('{"type":"urn:porthos:error:tooLarge","data":{"max":"1"}}')],
  ["array-data", "data in an array", declared('{"type":"urn:porthos:error:tooLarge","data":[1]}')],
  ["type-array", "a type in an array", declared('{"type":["urn:porthos:error:tooLarge"],"data":{"max":1}}')],
  [
    "long",
    "a name of 10,000 characters",
    declared(['{"type":"urn:porthos:error:', { times: 10_000, of: "e" }, '"}']),
  ],
];

const OUTPUTS: readonly Case[] = [
  ...[
    ["null", "null"],
    ["text", '"1"'],
    ["array", "[1]"],
    ["object", "{}"],
    ["true", "true"],
    ["infinite", "1e999"],
    ["bad-json", "1 2"],
    ["empty", ""],
    ["bom", "\ufeff1"],
  ].map(
    ([name, body]): Case => [
      `output-${name}`,
      `${JSON.stringify(body)} is not what the contract says`,
      reply({ call: "typed", body: body ?? "", expect: "BadReply" }),
    ],
  ),
  ...[
    ["xml", "application/xml"],
    ["text", "text/plain"],
    ["html", "text/html; charset=utf-8"],
    ["none", null],
    ["gzip", "application/gzip"],
    ["proto", "__proto__"],
    ["constructor", "constructor"],
    ["lines", "x\n2026-01-01 ERROR all is lost"],
    ["terminal", "x\u001b[2J"],
    ["bidi", "x/\u202ey"],
    ["long", "t".repeat(255)],
    ["format", "%s%n"],
  ].map(
    ([name, type]): Case => [
      `type-${name}`,
      `a content type ${JSON.stringify(type)}`,
      reply({ call: "typed", contentType: type ?? null, body: "1", expect: "BadReply" }),
    ],
  ),
  [
    "type-upper",
    "a content type in capitals",
    reply({ call: "typed", contentType: "APPLICATION/JSON", body: "1" }),
  ],
  [
    "type-charset",
    "a content type with a charset",
    reply({ call: "typed", contentType: "application/json; charset=utf-16", body: "1" }),
  ],
  [
    "values-plain",
    "JSON where values were asked for",
    reply({ call: "values", body: '{"$date":0}', expect: "answer" }),
  ],
  ...[
    ["tag", '{"$nobody":1}'],
    ["date", '{"$date":"today"}'],
    ["bigint", '{"$bigint":"1e5"}'],
    ["bytes", '{"$bytes":"?"}'],
    ["map", '{"$map":[[1]]}'],
    ["set", '{"$set":1}'],
    ["number", '{"$number":"nan"}'],
    ["undefined", '{"$undefined":0}'],
    ["beside", '{"$set":[],"x":1}'],
    ["cut", '{"$set":['],
  ].map(
    ([name, body]): Case => [
      `values-${name}`,
      `${body} stands for no value`,
      reply({ call: "values", contentType: VALUES, body: body ?? "", expect: "BadReply" }),
    ],
  ),
  [
    "values-deep",
    "66 sets in each other",
    reply({
      call: "values",
      contentType: VALUES,
      body: [
        { times: 66, of: '{"$set":[' },
        { times: 66, of: "]}" },
      ],
      expect: "BadReply",
    }),
  ],
  [
    "text-no-utf8",
    "no UTF-8, read as a text",
    reply({ call: "text", contentType: "text/plain", body: { hex: "61ff" }, expect: "BadReply" }),
  ],
  [
    "text-cut",
    "UTF-8 that is cut, read as a text",
    reply({ call: "text", contentType: "text/plain", body: { hex: "f09f98" }, expect: "BadReply" }),
  ],
  [
    "text-surrogate",
    "CESU-8, read as a text",
    reply({ call: "text", contentType: "text/plain", body: { hex: "eda0bd" }, expect: "BadReply" }),
  ],
  [
    "text-gzip",
    "gzip, read as a text",
    reply({ call: "text", contentType: "text/plain", body: { hex: "1f8b0800" }, expect: "BadReply" }),
  ],
  [
    "text-nul",
    "a NUL, read as a text",
    reply({ call: "text", contentType: "text/plain", body: { hex: "00" } }),
  ],
  [
    "size",
    "a byte more than the client takes",
    reply({ contentType: null, body: { times: 262_145, of: "x" }, expect: "BadReply" }),
  ],
  [
    "size-4",
    "four times as much",
    reply({ body: ['"', { times: 1_048_576, of: "x" }, '"'], expect: "BadReply" }),
  ],
  ["size-limit", "as much as it takes", reply({ body: ['"', { times: 262_142, of: "x" }, '"'] })],
];

function id(correlationId: string | null): Fields {
  return reply({ correlationId, body: '"forged"', expect: "ignored" });
}

const IDS: readonly Case[] = [
  ["missing", "no correlation id", id(null)],
  ["word", "a word", id("x")],
  ["space", "a space", id(" ")],
  ["proto", "__proto__", id("__proto__")],
  ["has-own", "hasOwnProperty", id("hasOwnProperty")],
  ["uuid", "a UUID", id("7a3f6f2e-9a4b-4a53-8a8f-2f1f3e5d7c9b")],
  ["guess-1", "a guess", id(`${HEX32}.1.m0000000.0123456789a`)],
  ["guess-far", "a guess that is far away", id(`${HEX32}.zzzzzzzzzz.zzzzzzzzzz.zzzzzzzzzzz`)],
  ["guess-zero", "a guess with nothing", id(`${"0".repeat(32)}.1.1.00000000000`)],
  ["no-caller", "the second half of an id", id(".1.m0000000.0123456789a")],
  ["two", "an id of five parts", id(`${HEX32}.1.1.0123456789a.1`)],
  ["upper", "hexadecimal capitals", id(`${HEX32.toUpperCase()}.1.1.0123456789a`)],
  ["255", "255 characters", id("i".repeat(255))],
  ["nul", "a NUL", id("a\u0000b")],
  ["lines", "lines", id("a\r\nb")],
  ["emoji", "emoji", id("\u{1f9ee}".repeat(60))],
  ["number", "digits", id("1")],
  ["caller-only", "the first half of an id", id(HEX32)],
];

function frame(headers: Named, more: Partial<Words> = {}): Words {
  return { headers, contentType: null, body: "", ...more };
}

const FRAMES: readonly (readonly [string, string, Words])[] = [
  ["alive", "a sign of life that nobody asked for", frame([["porthos-frame", "alive"]])],
  [
    "items",
    "items for a call that is no stream",
    frame(
      [
        ["porthos-frame", "items"],
        ["porthos-seq", 0],
        ["porthos-count", 1],
      ],
      { contentType: JSON_TYPE, body: "[1]" },
    ),
  ],
  [
    "item",
    "an item for a call that is no stream",
    frame(
      [
        ["porthos-frame", "item"],
        ["porthos-seq", 0],
      ],
      { contentType: JSON_TYPE, body: "1" },
    ),
  ],
  [
    "credit",
    "credit for a call that uploads nothing",
    frame([
      ["porthos-frame", "credit"],
      ["porthos-credit", 1_000],
    ]),
  ],
  [
    "end",
    "the end of what never began",
    frame([
      ["porthos-frame", "end"],
      ["porthos-seq", 0],
    ]),
  ],
  ["cancel", "a cancelled call, by its server", frame([["porthos-frame", "cancel"]])],
  ["unknown", "a frame of a version to come", frame([["porthos-frame", "teleport"]])],
  ["empty", "a frame without a kind", frame([["porthos-frame", ""]])],
  ["number", "a kind that is a number", frame([["porthos-frame", 7]])],
  ["null", "a kind that is null", frame([["porthos-frame", null]])],
  ["bytes", "a kind in bytes", frame([["porthos-frame", { bytes: "items" }]])],
  ["proto", "a kind called __proto__", frame([["porthos-frame", "__proto__"]])],
  ["constructor", "a kind called constructor", frame([["porthos-frame", "constructor"]])],
  [
    "with-status",
    "a frame that says it is a reply",
    frame(
      [
        ["porthos-frame", "alive"],
        ["statusCode", 200],
      ],
      { body: '"forged"', contentType: JSON_TYPE },
    ),
  ],
  [
    "seq-nan",
    "a frame with a wrong number",
    frame([
      ["porthos-frame", "items"],
      ["porthos-seq", "x"],
      ["porthos-count", 1],
    ]),
  ],
];

const one = (
  seq: Header,
  more: Named = [],
  body: Bytes = "1",
  contentType: string | null = JSON_TYPE,
): Words => frame([["porthos-frame", "item"], ["porthos-seq", seq], ...more], { body, contentType });
const several = (seq: Header, count: Header, body: Bytes, contentType: string | null = JSON_TYPE): Words =>
  frame(
    [
      ["porthos-frame", "items"],
      ["porthos-seq", seq],
      ["porthos-count", count],
    ],
    { body, contentType },
  );

/** A stream's frames, and then an answer that ends it after so many items. */
function stream(before: readonly Words[], expect: Fields["expect"], end: Header = 0): Fields {
  const headers: Named = [
    ["statusCode", 200],
    ["porthos-seq", end],
  ];
  return { call: "stream", before, headers, contentType: null, body: "", expect };
}

const STREAMS: readonly Case[] = [
  ["good", "a good stream", stream([one(0), several(1, 2, "[2,3]")], "answer", 3)],
  ["empty", "an empty stream", stream([], "answer")],
  ["digits", "counts in digits", stream([one("0")], "answer", "1")],
  ["ahead", "an item that is ahead of those before it", stream([one(5)], "Unavailable", 6)],
  ["again", "an item that comes again", stream([one(0), one(0)], "BadReply", 1)],
  ["back", "a number that goes back", stream([several(0, 2, "[1,2]"), one(1)], "BadReply", 2)],
  ["count-more", "fewer items than are said", stream([several(0, 3, "[1,2]")], "BadReply", 3)],
  ["count-less", "more items than are said", stream([several(0, 1, "[1,2]")], "BadReply", 1)],
  ["count-zero", "no item", stream([several(0, 0, "[]")], "BadReply")],
  ["count-negative", "a negative count", stream([several(0, -1, "[]")], "BadReply")],
  ["count-text", "a count that is a word", stream([several(0, "two", "[1,2]")], "BadReply", 2)],
  ["count-huge", "a count without end", stream([several(0, 9_007_199_254_740_991, "[1]")], "BadReply", 1)],
  ["count-int32", "a count of 2,147,483,647", stream([several(0, 2_147_483_647, "[1]")], "BadReply", 1)],
  ["count-unsafe", "a count that is no safe integer", stream([several(0, 2 ** 60, "[1]")], "BadReply", 1)],
  [
    "count-missing",
    "items without a count",
    stream(
      [
        frame(
          [
            ["porthos-frame", "items"],
            ["porthos-seq", 0],
          ],
          { body: "[1]", contentType: JSON_TYPE },
        ),
      ],
      "BadReply",
      1,
    ),
  ],
  [
    "seq-missing",
    "an item without a number",
    stream([frame([["porthos-frame", "item"]], { body: "1", contentType: JSON_TYPE })], "BadReply", 1),
  ],
  ["seq-negative", "a negative number", stream([one(-1)], "BadReply", 1)],
  ["seq-fraction", "a fraction for a number", stream([one(0.5)], "BadReply", 1)],
  ["seq-text", "a word for a number", stream([one("first")], "BadReply", 1)],
  ["seq-null", "null for a number", stream([one(null)], "BadReply", 1)],
  ["seq-hex", "hexadecimal digits", stream([one("0x0")], "BadReply", 1)],
  ["body-object", "an object for items", stream([several(0, 1, '{"0":1,"length":1}')], "BadReply", 1)],
  ["body-text", "a text for items", stream([several(0, 1, '"1"')], "BadReply", 1)],
  ["body-null", "null for items", stream([several(0, 1, "null")], "BadReply", 1)],
  ["body-cut", "items that are cut", stream([several(0, 2, "[1,2")], "BadReply", 2)],
  ["body-empty", "no byte for items", stream([several(0, 1, "")], "BadReply", 1)],
  ["body-no-utf8", "no UTF-8", stream([one(0, [], { hex: "ff" })], "BadReply", 1)],
  ["body-bom", "a byte order mark", stream([one(0, [], "\ufeff1")], "BadReply", 1)],
  ["item-type", "an item of another type", stream([one(0, [], '"1"')], "BadReply", 1)],
  ["item-null", "an item that is null", stream([one(0, [], "null")], "BadReply", 1)],
  ["item-object", "an item that is an object", stream([one(0, [], '{"valueOf":1}')], "BadReply", 1)],
  ["item-second", "a wrong item behind a good one", stream([several(0, 2, '[1,"2"]')], "BadReply", 2)],
  [
    "type-unknown",
    "items of an unknown content type",
    stream([several(0, 1, "[1]", "application/x")], "BadReply", 1),
  ],
  ["type-none", "items without a content type", stream([several(0, 1, "[1]", null)], "BadReply", 1)],
  ["type-bytes", "an item of bytes", stream([one(0, [], "1", "application/octet-stream")], "BadReply", 1)],
  [
    "large",
    "an item larger than the client takes",
    stream([one(0, [], ['"', { times: 262_200, of: "x" }, '"'])], "TooLarge", 1),
  ],
  ["end-more", "an end behind items that never came", stream([one(0)], "Unavailable", 5)],
  ["end-less", "an end before items that came", stream([one(0), one(1)], "BadReply", 1)],
  ["end-negative", "an end at a negative number", stream([one(0)], "BadReply", -1)],
  ["end-text", "an end at a word", stream([one(0)], "BadReply", "last")],
  [
    "end-frame",
    "the end of an upload that there is not",
    stream(
      [
        frame([
          ["porthos-frame", "end"],
          ["porthos-seq", 0],
        ]),
        one(0),
      ],
      "answer",
      1,
    ),
  ],
  [
    "alive-ahead",
    "a sign of life behind items that never came",
    stream(
      [
        frame([
          ["porthos-frame", "alive"],
          ["porthos-seq", 9],
        ]),
      ],
      "Unavailable",
      9,
    ),
  ],
  [
    "alive-negative",
    "a sign of life with a negative number",
    stream(
      [
        frame([
          ["porthos-frame", "alive"],
          ["porthos-seq", -9],
        ]),
      ],
      "BadReply",
    ),
  ],
  ["unknown", "a frame of a version to come", stream([frame([["porthos-frame", "teleport"]])], "BadReply")],
  ["kind-list", "a kind that is a number", stream([frame([["porthos-frame", 1]])], "BadReply")],
  [
    "flood",
    "300 items where 256 were asked for",
    stream([several(0, 300, ["[", { times: 299, of: "1," }, "1]"])], "BadReply", 300),
  ],
];

/** Replies that no honest service sends. */
export function replies(): readonly ReplyEntry[] {
  const families = new Families<ReplyEntry>();
  families.add("status", [...STATUSES, ...TYPED_STATUSES]);
  families.add("problem", PROBLEMS);
  families.add("declared", DECLARED);
  families.add("content", OUTPUTS);
  families.add("id", IDS);
  families.add(
    "frame",
    FRAMES.map(([name, what, words]): Case => [name, what, reply({ ...words, expect: "ignored" })]),
  );
  families.add("stream", STREAMS);
  families.add("copies", [
    ["two", "the same answer twice", reply({ copies: 2 })],
    ["many", "the same answer 100 times", reply({ copies: 100 })],
  ]);
  // The same texts as in requests, but read by another decoder's caller, and with another error.
  families.add(
    "json",
    MALFORMED.filter((_, index) => index % 2 === 0).map(
      ([name, what, body]): Case => [name, what, reply({ body, expect: "BadReply" })],
    ),
  );
  families.add(
    "strange-json",
    STRANGE.filter((_, index) => index % 3 === 0).map(
      ([name, what, body]): Case => [name, what, reply({ body })],
    ),
  );
  families.add("limit", LIMITS);
  return families.entries;
}

const LIMITS: readonly Case[] = [
  [
    "depth-65",
    "65 arrays in each other",
    reply({
      body: [
        { times: 65, of: "[" },
        { times: 65, of: "]" },
      ],
      expect: "BadReply",
    }),
  ],
  [
    "depth-64",
    "64 arrays in each other",
    reply({
      body: [
        { times: 64, of: "[" },
        { times: 64, of: "]" },
      ],
    }),
  ],
  [
    "depth-50000",
    "50,000 arrays in each other",
    reply({
      body: [
        { times: 50_000, of: "[" },
        { times: 50_000, of: "]" },
      ],
      expect: "BadReply",
    }),
  ],
  [
    "depth-objects",
    "65 objects in each other",
    reply({ body: [{ times: 65, of: '{"a":' }, "0", { times: 65, of: "}" }], expect: "BadReply" }),
  ],
  [
    "depth-typed",
    "too deep, for a contract",
    reply({
      call: "typed",
      body: [
        { times: 65, of: "[" },
        { times: 65, of: "]" },
      ],
      expect: "BadReply",
    }),
  ],
  [
    "depth-problem",
    "a problem that is too deep: its status counts",
    problem(500, ['{"a":', { times: 65, of: "[" }, { times: 65, of: "]" }, "}"]),
  ],
  [
    "keys-10001",
    "10,001 names",
    reply({ body: ["{", { numbered: 10_001, of: '"k#":0', between: "," }, "}"], expect: "BadReply" }),
  ],
  [
    "keys-10000",
    "10,000 names",
    reply({ body: ["{", { numbered: 10_000, of: '"k#":0', between: "," }, "}"] }),
  ],
  ["proto", "__proto__", reply({ body: '{"__proto__":{"polluted":true}}', expect: "BadReply" })],
  ["proto-escaped", "__proto__, escaped", reply({ body: '{"\\u005f\\u005fproto__":1}', expect: "BadReply" })],
  [
    "proto-typed",
    "__proto__, for a contract",
    reply({ call: "typed", body: '{"__proto__":1}', expect: "BadReply" }),
  ],
  [
    "constructor",
    "constructor with a prototype",
    reply({ body: '{"constructor":{"prototype":{}}}', expect: "BadReply" }),
  ],
];
