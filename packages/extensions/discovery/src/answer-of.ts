import {
  type BodySpec,
  type ContentSpec,
  codecWithin,
  type ExtensionDescription,
  type FieldSpec,
  type ItemSpec,
  jsonCodec,
  type MethodSpec,
} from "@porthos-rpc/protocol";
import type { Answer, AnswerKind, MethodStatistics } from "./answers.js";
import { amount, anything, exactly, listOf, members, type Read, tableOf, text } from "./fields.js";

/** Twice as large as what an instance of ours answers at most. */
const MAX_ANSWER_BYTES = 2_097_152;

const json = codecWithin(jsonCodec, { maxJsonDepth: 64, maxJsonKeys: 200_000 });

const SELF = { service: text, instance: text };
const MAY = { version: text };

const field: Read<FieldSpec> = members<FieldSpec>(
  { type: text, description: text },
  { body: (value) => bodySpec(value) },
);
const item: Read<ItemSpec> = members<ItemSpec>({ type: text }, { body: (value) => bodySpec(value) });
const bodySpec: Read<BodySpec> = (value) => (Array.isArray(value) ? [item(value[0])] : tableOf(field)(value));
const content: Read<ContentSpec> = members<ContentSpec>({ contentType: text, body: bodySpec }, {});
const spec: Read<MethodSpec> = members<MethodSpec>(
  { description: text },
  { request: content, response: content },
);

const extension: Read<ExtensionDescription> = members<ExtensionDescription>(
  { name: text },
  {
    methods: listOf(text),
    phase: text,
    wire: exactly(true),
    observes: listOf(text),
    settings: anything,
  },
);

const statistics: Read<MethodStatistics> = members<MethodStatistics>(
  {
    method: text,
    requests: amount,
    inFlight: amount,
    errors: members({ "4xx": amount, "5xx": amount, other: amount }, {}),
  },
  { durations: members({ meanMs: amount, p50Ms: amount, p99Ms: amount }, {}) },
);

const READS: { readonly [K in AnswerKind]: Read<Answer[K]> } = {
  ping: members<Answer["ping"]>({ kind: exactly("ping"), ...SELF }, MAY),
  info: members<Answer["info"]>(
    {
      kind: exactly("info"),
      ...SELF,
      upMs: amount,
      transports: listOf(text),
      methods: listOf(text),
      extensions: listOf(extension),
      metadata: tableOf(text),
    },
    { ...MAY, runtime: text },
  ),
  stats: members<Answer["stats"]>(
    { kind: exactly("stats"), ...SELF, sinceMs: amount, unknown: amount, methods: listOf(statistics) },
    MAY,
  ),
  spec: members<Answer["spec"]>(
    {
      kind: exactly("spec"),
      ...SELF,
      methods: listOf(members<Answer["spec"]["methods"][number]>({ method: text }, { spec })),
    },
    MAY,
  ),
};

/** An answer of that kind, with what is known of it here and nothing else; undefined for what is none: a stranger sent it. */
export function answerOf<K extends AnswerKind>(kind: K, body: Uint8Array): Answer[K] | undefined {
  if (body.length > MAX_ANSWER_BYTES) return undefined;
  try {
    return READS[kind](json.decode(body));
  } catch {
    return undefined;
  }
}
