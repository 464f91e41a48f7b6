import { type Attempt, type Endpoint, orAbort } from "@porthos-rpc/protocol/driver";
import { type ChannelModel, connect } from "amqplib";
import { connectError } from "./errors.js";
import type { LaneDriver } from "./lane.js";
import { type Admission, Link } from "./link.js";
import type { Settings } from "./options.js";
import { anonymous, external, plain, type SaslMechanism } from "./sasl.js";

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
  let progress = "";
  const tell = (text: string): void => {
    progress = text;
    onProgress(text);
  };
  try {
    // The user's function may never answer.
    tell("the function given as credentials has not answered yet");
    const { mechanism, admission } = await orAbort(abort.signal, admit(endpoint, settings));
    // amqplib does not say how far it is.
    const hint = endpoint.secure
      ? "is it an AMQP port with TLS?"
      : "is it a TLS port (amqps:), or no AMQP 0-9-1?";
    tell(`${endpoint.label} has not opened the connection yet; if it is up: ${hint}`);
    const model = await open(endpoint, mechanism, settings, driver, role, abort.signal);
    return new Link(model, endpoint, driver, clock, admission);
  } catch (error) {
    throw connectError(error, endpoint, connectTimeoutMs, progress);
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

function open(
  endpoint: Endpoint,
  mechanism: SaslMechanism,
  settings: Settings,
  driver: LaneDriver,
  role: string,
  signal: AbortSignal,
): Promise<ChannelModel> {
  const { secure, host, port, vhost } = endpoint;
  const address = {
    protocol: secure ? "amqps" : "amqp",
    hostname: host,
    port,
    // amqplib decodes it once more.
    vhost: encodeURIComponent(vhost ?? "/"),
    heartbeat: settings.heartbeatSeconds,
  };
  const options = {
    credentials: mechanism,
    clientProperties: { connection_name: `${settings.connectionName} (${role})` },
    noDelay: true,
    keepAlive: true,
    signal,
  };
  const tls = secure ? settings.tls.connectOptions() : {};
  return connect(address, Object.assign({}, driver.socketOptions(), tls, options));
}
