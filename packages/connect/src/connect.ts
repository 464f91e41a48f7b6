import { checkBoolean, RpcError, type Transport } from "@porthos-rpc/protocol";
import { SCHEMES, type TransportModule } from "./schemes.js";

export interface ConnectOptions {
  /**
   * false: the transport is returned idle, and starts with its first client or server. That is what several brokers
   * need: one that is away keeps nobody from starting, and of those that fail nothing stays open. @default true
   */
  readonly waitUntilReady?: boolean;
  /** Further options of the transport, passed on as they are. */
  readonly [option: string]: unknown;
}

/**
 * Loads the installed transport that the URL's scheme names, and connects it: `memory:` (a broker inside this process),
 * `amqp:` and `amqps:` (AMQP 0-9-1), `amqp10:` and `amqp10s:` (AMQP 1.0). When it fails, nothing stays open.
 *
 * The last client or server that closes ends the connection. One that never got a client or server stays open, and
 * keeps the process alive, until `transport.close()`.
 * @throws {TypeError} for what is no URL, an unknown scheme, or a wrong option, by name.
 * @throws {RpcError} Config when the scheme's package is not installed, with the command that installs it, or when the
 * broker refuses; Unavailable when it was not reached within the transport's start budget.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Transport> {
  const { waitUntilReady: given, ...ofTransport } = options;
  const waitUntilReady = checkBoolean("connect", "waitUntilReady", given, true);
  const scheme = schemeOf(url);
  const module = SCHEMES.get(scheme);
  if (module === undefined) {
    throw new TypeError(
      `connect: unknown URL scheme "${scheme}"; known are ${[...SCHEMES.keys()].join(", ")}`,
    );
  }
  const factory = await load(scheme, module);
  const transport = factory({ ...ofTransport, url: scheme + url.slice(scheme.length) });
  if (!waitUntilReady) return transport;
  try {
    await transport.ready();
  } catch (error) {
    await transport.close();
    throw error;
  }
  return transport;
}

/** Not `new URL`, which would put the whole text, with its password, into its error. */
function schemeOf(url: unknown): string {
  const scheme = typeof url === "string" ? /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] : undefined;
  if (scheme === undefined) {
    const found = typeof url === "string" ? "a text without a scheme" : typeof url;
    throw new TypeError(`connect: expected a URL such as "memory:" or "amqp://localhost", got ${found}`);
  }
  return scheme.toLowerCase();
}

type TransportFactory = (options: { readonly url: string }) => Transport;

async function load(scheme: string, { package: name, factory }: TransportModule): Promise<TransportFactory> {
  let exported: Record<string, unknown>;
  try {
    exported = (await import(name)) as Record<string, unknown>;
  } catch (cause) {
    if (!isMissing(cause, name)) throw cause;
    throw new RpcError(
      "Config",
      `connect: ${scheme} URLs need ${name}, which is not installed: npm install ${name}`,
      {
        cause,
      },
    );
  }
  return exported[factory] as TransportFactory;
}

/** That package itself, and not something that it imports. */
function isMissing(error: unknown, name: string): boolean {
  return (
    error instanceof Error &&
    /cannot find|failed to (load|resolve)/i.test(error.message) &&
    error.message.includes(`'${name}'`)
  );
}
