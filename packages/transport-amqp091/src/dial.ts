import { type Attempt, type Credentials, type Endpoint, orAbort } from "@porthos-rpc/protocol/driver";
import { type ChannelModel, connect } from "amqplib";
import { connectError } from "./errors.js";
import type { LaneDriver } from "./lane.js";
import { Link } from "./link.js";
import type { Settings } from "./options.js";

/**
 * Opens one connection, within `connectTimeoutMs` in all.
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
  // amqplib's own timeout counts silence only, and not while the name is looked up.
  const stopTimer = clock.after(connectTimeoutMs, () => abort.abort());
  const giveUp = (): void => {
    stopTimer();
    abort.abort();
  };
  given.addEventListener("abort", giveUp);
  onProgress(`there is no AMQP connection with ${endpoint.label} yet`);
  try {
    // The user's function may never answer.
    const issue = () => settings.credentials.resolve(endpoint.credentials, clock);
    const credentials = await orAbort(abort.signal, issue());
    const model = await open(endpoint, credentials, settings, driver, role, abort.signal);
    return new Link(model, endpoint, driver, clock, { expiresAt: credentials.expiresAt, issue });
  } catch (error) {
    throw connectError(error, endpoint, connectTimeoutMs);
  } finally {
    stopTimer();
    given.removeEventListener("abort", giveUp);
  }
}

function open(
  endpoint: Endpoint,
  credentials: Credentials,
  settings: Settings,
  driver: LaneDriver,
  role: string,
  signal: AbortSignal,
): Promise<ChannelModel> {
  const { secure, host, port, vhost } = endpoint;
  const { username, password } = credentials;
  const address = {
    protocol: secure ? "amqps" : "amqp",
    hostname: host,
    port,
    // amqplib decodes it once more.
    vhost: encodeURIComponent(vhost ?? "/"),
    heartbeat: settings.heartbeatSeconds,
  };
  const options = {
    // Only as bytes and only on demand: a TLS socket keeps the options that it was made with.
    credentials: { mechanism: "PLAIN", response: () => Buffer.from(`\0${username}\0${password}`) },
    clientProperties: { connection_name: `${settings.connectionName} (${role})` },
    noDelay: true,
    keepAlive: true,
    signal,
  };
  const tls = secure ? settings.tls.connectOptions() : {};
  return connect(address, Object.assign({}, driver.socketOptions(), tls, options));
}
