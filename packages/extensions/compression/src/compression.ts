import type {
  ClientCall,
  ClientEvents,
  ClientPhase,
  Extension,
  ExtensionPart,
  ServerCall,
  ServerEvents,
  ServerPhase,
} from "@porthos-rpc/protocol";
import { ClientCompression } from "./client-compression.js";
import {
  type CheckedCompressionOptions,
  type CompressionOptions,
  checkCompressionOptions,
} from "./options.js";
import { Packer } from "./packer.js";
import { ServerCompression } from "./server-compression.js";

/**
 * Compresses large messages. On a client: says in each request what it can read, and unpacks answers; compresses requests only if `requests` says so.
 * On a server: unpacks requests, and compresses the answers of those who can read them; peers without it notice nothing. What cannot be
 * unpacked, or becomes too large, is answered 400, 413 or 415, and on a client is `BadReply`. Its object belongs to one client or server.
 * @throws {TypeError} for a wrong option, by name.
 */
export function compression(options: CompressionOptions = {}): Extension {
  const checked = checkCompressionOptions(options);
  return {
    name: "compression",
    apiVersion: 1,
    client: clientPart(checked),
    server: serverPart(checked),
  };
}

function clientPart(
  options: CheckedCompressionOptions,
): ExtensionPart<ClientCall, ClientEvents, ClientPhase> {
  const packer = new Packer(options);
  return {
    wire: new ClientCompression(options, packer),
    describe: () => described(options, packer),
  };
}

function serverPart(
  options: CheckedCompressionOptions,
): ExtensionPart<ServerCall, ServerEvents, ServerPhase> {
  const packer = new Packer(options);
  const side = new ServerCompression(options, packer);
  return {
    wire: side,
    // Outermost, so that it is the answer as it goes out.
    wrap: { phase: "trace", run: (call, next) => side.run(call, next) },
    describe: () => described(options, packer),
  };
}

function described(
  { minBytes, maxBodyBytes, coders, requests }: CheckedCompressionOptions,
  packer: Packer,
): unknown {
  return { minBytes, maxBodyBytes, encodings: [...coders.keys()], requests, ...packer.counts };
}
