import { type BodySpec, type ContentSpec, encodeText, type MethodSpec } from "@porthos-rpc/protocol";

/** A service's message, as the seed's Playground reads it (docs/wire.md, "Queues of the extensions"). */
interface SeedSpecs {
  readonly service: string;
  readonly specs: { readonly [method: string]: SeedSpec };
}

/** Every field is there, as Go writes it: of what a method does not have, with an empty type and no body. */
interface SeedSpec {
  readonly description: string;
  readonly request: SeedContent;
  readonly response: SeedContent;
}

interface SeedContent {
  readonly contentType: string;
  readonly body: BodySpec | null;
}

/** As large as a request may be by default. Deep specs of some hundred methods stay far below it. */
const MAX_SPECS_BYTES = 1_048_576;

/**
 * The message's body. Methods that say nothing about themselves are left out, as they are by the seed.
 * @throws {TypeError} for specs that have no JSON, or more of it than MAX_SPECS_BYTES.
 */
export function encodeSpecs(
  service: string,
  methods: ReadonlyMap<string, MethodSpec | undefined>,
): Uint8Array {
  const told = [...methods].flatMap(([method, spec]) =>
    spec === undefined ? [] : [[method, seedSpec(spec)] as const],
  );
  // fromEntries, since a method may be called __proto__.
  const body = encodeText(json({ service, specs: Object.fromEntries(told) }));
  if (body.length > MAX_SPECS_BYTES) {
    throw new TypeError(
      `specs: the specs of ${service} have ${body.length} bytes as JSON; at most ${MAX_SPECS_BYTES} are shipped`,
    );
  }
  return body;
}

function seedSpec({ description, request, response }: MethodSpec): SeedSpec {
  return {
    description: description ?? "",
    request: seedContent(request),
    response: seedContent(response),
  };
}

function seedContent(content: ContentSpec | undefined): SeedContent {
  return { contentType: content?.contentType ?? "", body: content?.body ?? null };
}

function json(message: SeedSpecs): string {
  try {
    return JSON.stringify(message);
  } catch (cause) {
    throw new TypeError(`specs: the specs of ${message.service} cannot be encoded as JSON`, { cause });
  }
}
