import { wrong } from "../options.js";
import type { Credentials } from "./credentials.js";

/**
 * One broker node, as a URL named it. Everything of it may be printed: what the URL said of credentials is in a
 * private field.
 */
export class Endpoint {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** The virtual host that the path names; undefined = the broker's default. */
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

/** A virtual host's name is a shortstr (AMQP 0-9-1, connection.open). */
const MAX_VHOST_BYTES = 255;

/** What the URLs of one protocol look like. */
export interface UrlForm {
  /** Schemes with their colons, and the port of a URL that names none. */
  readonly plain: { readonly scheme: string; readonly port: number };
  readonly secure: { readonly scheme: string; readonly port: number };
  /** What to write instead of a parameter: `options of amqp091(), such as heartbeatSeconds`. */
  readonly parametersAre: string;
}

/**
 * Reads the option `url`: one URL or several. None is ever shown, whole or in parts: a slip in it may have moved the
 * password anywhere.
 * @throws {TypeError} that says what is wrong with which URL
 */
export function readEndpoints(where: string, value: unknown, form: UrlForm): readonly Endpoint[] {
  if (!Array.isArray(value)) return [readEndpoint(where, "url", value, form)];
  if (value.length === 0) throw wrong(where, "url", "one URL or a list of at least one", value);
  return value.map((url, index) => readEndpoint(where, `url[${index}]`, url, form));
}

function readEndpoint(where: string, name: string, value: unknown, form: UrlForm): Endpoint {
  const { plain, secure, parametersAre } = form;
  const parts = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  const kind = [plain, secure].find(({ scheme }) => scheme === parts?.protocol);
  if (parts === undefined || kind === undefined || parts.hostname === "" || parts.port === "0") {
    const flaw = typeof value === "string" ? `, ${flawOf(value, form)}` : "";
    const example = `${secure.scheme}//user:password@host:${secure.port}/vhost`;
    throw wrong(where, name, `a URL such as ${example}${flaw}`, value);
  }
  if (parts.search !== "" || parts.hash !== "") {
    const hint = `parameters are ${parametersAre}; write ? and # of a password as %3F and %23`;
    throw wrong(where, name, `a URL without parameters (${hint})`, value);
  }
  const decode = (text: string): string => decodePart(where, name, text);
  const host = parts.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = parts.port === "" ? kind.port : Number(parts.port);
  const vhost = decode(parts.pathname.slice(1));
  if (new TextEncoder().encode(vhost).length > MAX_VHOST_BYTES) {
    throw wrong(where, name, `a URL whose virtual host has at most ${MAX_VHOST_BYTES} bytes`, value);
  }
  const { username, password } = parts;
  const anonymous = username === "" && password === "";
  const credentials = anonymous ? undefined : { username: decode(username), password: decode(password) };
  return new Endpoint(kind === secure, host, port, vhost === "" ? undefined : vhost, credentials);
}

/** Which part of a URL is wrong, in words for after "must be a URL". */
function flawOf(url: string, { plain, secure }: UrlForm): string {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? "";
  if (scheme.toLowerCase() !== plain.scheme && scheme.toLowerCase() !== secure.scheme) {
    return `with ${plain.scheme} or ${secure.scheme} at its beginning`;
  }
  const rest = url.slice(scheme.length);
  if (!rest.startsWith("//")) return `with // after ${scheme}`;
  const authority = rest.slice(2).split(/[/?#]/, 1)[0] as string;
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (host === "" || host.startsWith(":")) return "with a host";
  const port = /:([^\]]*)$/.exec(host)?.[1];
  const encoded = "(a password's / ? # @ are written as %2F %3F %23 %40)";
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    return `with a port from 1 to 65535 ${encoded}`;
  }
  return `with a host's name or address ${encoded}`;
}

function decodePart(where: string, name: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(where, name, "a URL whose parts are percent-encoded (a % itself is %25)", text);
  }
}
