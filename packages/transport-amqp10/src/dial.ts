import { connect as connectTcp, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { type Attempt, type Endpoint, orAbort } from "@porthos-rpc/protocol/driver";
import { detectDialect } from "./dialects/detect.js";
import { connectError } from "./errors.js";
import { progressText } from "./handshake-progress.js";
import type { LaneDriver, Lanes, SaslMechanism } from "./lane.js";
import { type Admission, Link } from "./link.js";
import type { Settings } from "./options.js";
import { anonymous, external, plain } from "./sasl.js";

/**
 * Opens one connection, and learns what broker it is, within `connectTimeoutMs` in all.
 * @param role told to the broker, for people who look at its list of connections
 * @throws {RpcError} Config, Unavailable
 */
export async function dial(
  endpoint: Endpoint,
  settings: Settings,
  driver: LaneDriver,
  role: string,
  { signal: given, onProgress }: Attempt,
): Promise<Link> {
  const { clock, connectTimeoutMs } = settings;
  const abort = new AbortController();
  const giveUp = (): void => abort.abort();
  given.addEventListener("abort", giveUp);
  const stopTimer = clock.after(connectTimeoutMs, giveUp);
  let progress = "";
  const onStage = (stage: Parameters<typeof progressText>[0]): void => {
    progress = progressText(stage, endpoint);
    onProgress(progress);
  };
  let lanes: Lanes | undefined;
  let loss: { readonly cause: unknown } | undefined;
  try {
    onStage("preparing");
    const { mechanism, admission } = await orAbort(abort.signal, admit(endpoint, settings));
    onStage("connecting");
    const socket = await openSocket(endpoint, settings, abort.signal, () => onStage("securing"));
    lanes = await driver.open(socket, {
      containerId: `${settings.connectionName}-${crypto.randomUUID()}`,
      hostname: endpoint.vhost === undefined ? undefined : `vhost:${endpoint.vhost}`,
      mechanisms: [mechanism],
      idleTimeoutMs: settings.idleTimeoutMs,
      properties: { product: "Porthos", connection_name: `${settings.connectionName} (${role})` },
      signal: abort.signal,
      onStage,
    });
    lanes.onLost((cause) => {
      loss = { cause };
    });
    onStage("asking");
    const dialect = await orAbort(abort.signal, detectDialect(lanes, clock));
    // Qpid opens the connection for a virtual host that it does not have, and closes it in the same breath.
    if (loss !== undefined) throw loss.cause;
    return new Link(lanes, dialect, endpoint, clock, admission);
  } catch (error) {
    lanes?.destroy();
    const cause = abort.signal.aborted ? abort.signal.reason : (loss?.cause ?? error);
    throw connectError(cause, endpoint, connectTimeoutMs, progress);
  } finally {
    stopTimer();
    given.removeEventListener("abort", giveUp);
  }
}

async function admit(
  endpoint: Endpoint,
  { sasl, credentials, clock }: Settings,
): Promise<{ readonly mechanism: SaslMechanism; readonly admission?: Admission }> {
  if (sasl === "external") return { mechanism: external };
  if (sasl === "anonymous") return { mechanism: anonymous };
  const issue = () => credentials.resolve(endpoint.credentials, clock);
  const issued = await issue();
  return { mechanism: plain(issued), admission: { expiresAt: issued.expiresAt, issue } };
}

/** @param onSecuring TLS begins */
function openSocket(
  endpoint: Endpoint,
  settings: Settings,
  signal: AbortSignal,
  onSecuring: () => void,
): Promise<Socket> {
  const { secure, host, port } = endpoint;
  const where = { host, port, noDelay: true, keepAlive: true };
  // A server name must not be an IP address (RFC 6066, 3).
  const servername = isIP(host) === 0 ? { servername: host } : {};
  // Node's types want mutable arrays of Buffers; node:tls itself takes any list of texts and Uint8Arrays.
  const tls = settings.tls.connectOptions() as ConnectionOptions;
  const socket = secure ? connectTls({ ...where, ...servername, ...tls }) : connectTcp(where);
  if (secure) socket.setNoDelay(true).once("connect", onSecuring);
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);
    // It stays: a socket without such a listener ends the process, and may fail before its next owner listens.
    socket.on("error", fail);
    socket.once(secure ? "secureConnect" : "connect", () => {
      signal.removeEventListener("abort", onAbort);
      resolve(socket);
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
  });
}
