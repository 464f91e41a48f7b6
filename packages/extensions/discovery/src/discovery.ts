import { checkKnown, checkText, type Extension, wrong } from "@porthos-rpc/protocol";
import { Responder } from "./responder.js";

export interface DiscoveryOptions {
  /** Of the service, as its owner counts them. 1 to 64 bytes. @default none */
  readonly version?: string;
  /**
   * What else the instance says of itself: its region, say. At most 32 texts of 1,024 bytes, with names of 64. Whoever may use the broker's
   * topics reads it. @default none
   */
  readonly metadata?: Readonly<Record<string, string>>;
}

const MAX_VERSION_BYTES = 64;
const MAX_METADATA = 32;
const MAX_NAME_BYTES = 64;
const MAX_VALUE_BYTES = 1_024;

/**
 * Lets a server be found and asked by `discover`: who is there, what it consists of, how it does, what its methods are (docs/wire.md, "Discovery").
 * It answers questions that cost no more than 100 units a second (a ping 1, info 2, statistics 5, specs 10), and drops others.
 *
 * It needs topics. The server's start fails where the broker does not let it hear them, by the topic's name.
 * @throws {TypeError} for a wrong option, by name. The server's start fails with one if its specs have no JSON, or more than 1 MiB of it.
 */
export function discovery(options: DiscoveryOptions = {}): Extension {
  checkKnown("discovery", options, ["version", "metadata"]);
  const { version } = options;
  if (version !== undefined) checkText("discovery", "version", version, MAX_VERSION_BYTES);
  const metadata = checkMetadata(options.metadata);
  let responder: Responder | undefined;

  return {
    name: "discovery",
    apiVersion: 1,
    needs: ["topics"],
    server: {
      async start(host) {
        if (responder !== undefined)
          throw new TypeError("discovery: it is part of a server already; make one for each server");
        const starting = new Responder(host, { ...(version === undefined ? {} : { version }), metadata });
        responder = starting;
        await starting.start().catch(async (error: unknown) => {
          responder = undefined;
          await starting.stop();
          throw error;
        });
      },
      observe: {
        incoming: (event) => responder?.statistics.began(event),
        outgoing: (event) => responder?.statistics.ended(event),
        refused: (event) => responder?.statistics.refused(event),
      },
      async stop() {
        const stopping = responder;
        responder = undefined;
        await stopping?.stop();
      },
      describe: () => ({
        ...(version === undefined ? {} : { version }),
        metadata,
        ...(responder === undefined
          ? {}
          : { instance: responder.instance, answered: responder.answered, dropped: responder.dropped }),
      }),
    },
  };
}

function checkMetadata(metadata: unknown): Readonly<Record<string, string>> {
  if (metadata === undefined) return {};
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata))
    throw wrong("discovery", "metadata", "an object of texts", metadata);
  const entries = Object.entries(metadata as object);
  if (entries.length > MAX_METADATA)
    throw wrong("discovery", "metadata", `an object of at most ${MAX_METADATA} texts`, entries.length);
  for (const [name, value] of entries) {
    checkText("discovery", "metadata's names", name, MAX_NAME_BYTES);
    checkText("discovery", `metadata.${name}`, value, MAX_VALUE_BYTES);
  }
  return Object.fromEntries(entries) as Record<string, string>;
}
