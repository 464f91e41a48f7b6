import { wrong } from "@porthos-rpc/protocol";
import type { Credentials } from "./credentials.js";

/**
 * One broker node, as a URL named it. Everything of it may be printed: what the URL said of credentials is in a
 * private field.
 */
export class Endpoint {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** RabbitMQ's virtual host; undefined = the broker's default. */
  readonly vhost: string | undefined;
  readonly #credentials: Credentials | undefined;

  constructor(
    secure: boolean,
    host: string,
    port: number,
    vhost: string | undefined,
    credentials: Credentials | undefined,
  ) {
    this.secure = secure;
    this.host = host;
    this.port = port;
    this.vhost = vhost;
    this.#credentials = credentials;
  }

  /** For messages: `host:port`. */
  get label(): string {
    return this.host.includes(":") ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`;
  }

  get credentials(): Credentials | undefined {
    return this.#credentials;
  }

  get isLoopback(): boolean {
    return this.host === "localhost" || this.host === "::1" || /^127(\.\d{1,3}){3}$/.test(this.host);
  }
}

/** RabbitMQ: a virtual host's name is a shortstr of AMQP 0-9-1. */
const MAX_VHOST_BYTES = 255;

/**
 * Reads the URLs. None of them is ever shown, whole or in parts: a slip in it may have moved the password anywhere.
 * @throws {TypeError} that says what is wrong with which URL
 */
export function readEndpoints(where: string, value: unknown): readonly Endpoint[] {
  const urls: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (urls.length === 0) throw wrong(where, "url", "one URL or a list of at least one", value);
  return urls.map((url, index) => readEndpoint(where, Array.isArray(value) ? `url[${index}]` : "url", url));
}

function readEndpoint(where: string, name: string, value: unknown): Endpoint {
  const parts = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (
    parts === undefined ||
    (parts.protocol !== "amqp10:" && parts.protocol !== "amqp10s:") ||
    parts.hostname === ""
  ) {
    throw wrong(where, name, "a URL such as amqp10s://user:password@host:5671", value);
  }
  if (parts.search !== "" || parts.hash !== "") {
    const hint =
      "parameters are options of amqp10(), such as idleTimeoutMs; write ? and # of a password as %3F and %23";
    throw wrong(where, name, `a URL without parameters (${hint})`, value);
  }
  const secure = parts.protocol === "amqp10s:";
  const host = parts.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = parts.port === "" ? (secure ? 5671 : 5672) : Number(parts.port);
  const decode = (text: string): string => decodePart(where, name, text);
  const vhost = decode(parts.pathname.slice(1));
  if (Buffer.byteLength(vhost) > MAX_VHOST_BYTES) {
    throw wrong(where, name, `a URL whose virtual host has at most ${MAX_VHOST_BYTES} bytes`, value);
  }
  const { username, password } = parts;
  const anonymous = username === "" && password === "";
  const credentials = anonymous ? undefined : { username: decode(username), password: decode(password) };
  return new Endpoint(secure, host, port, vhost === "" ? undefined : vhost, credentials);
}

function decodePart(where: string, name: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(where, name, "a URL whose parts are percent-encoded (a % itself is %25)", "");
  }
}
