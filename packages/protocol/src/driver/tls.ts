import { checkBoolean, checkKnown, wrong } from "../options.js";
import type { Endpoint } from "./endpoint.js";

/** PEM or DER, one or several, as `node:tls` takes them. */
type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** How encrypted connections prove who they are, and what they believe. The meanings are those of `node:tls`. */
export interface TlsOptions {
  /** The authorities to believe instead of those that Node brings. */
  readonly ca?: Pem | undefined;
  /** This client's certificate, with `key`. */
  readonly cert?: Pem | undefined;
  /** That of `cert`. */
  readonly key?: Pem | undefined;
  /** Certificate and key in one (PKCS #12). */
  readonly pfx?: string | Uint8Array | undefined;
  /** Opens `key` or `pfx`. */
  readonly passphrase?: string | undefined;
  /** The name that the broker's certificate must have. @default the URL's host */
  readonly servername?: string | undefined;
  /**
   * Believes any certificate: whoever sits on the line can read the password and every message. Warns at the first
   * connection. @default false
   */
  readonly insecure?: boolean | undefined;
}

/** Key material in a private field, so that nothing prints it. */
export class TlsSettings {
  readonly insecure: boolean;
  readonly #options: TlsOptions;

  constructor(options: TlsOptions, insecure: boolean) {
    this.#options = options;
    this.insecure = insecure;
  }

  /** Whether there is a certificate to prove who we are. */
  get hasCertificate(): boolean {
    return this.#options.cert !== undefined || this.#options.pfx !== undefined;
  }

  /** For `tls.connect` of `node:tls`. Nothing is written to a broker before its certificate is verified. */
  connectOptions(): TlsConnectOptions {
    const { insecure: _, ...material } = this.#options;
    return { ...material, rejectUnauthorized: !this.insecure, minVersion: "TLSv1.2" };
  }
}

/** Options of `tls.connect`, without a type of Node's. */
export type TlsConnectOptions = Omit<TlsOptions, "insecure"> & {
  readonly rejectUnauthorized: boolean;
  readonly minVersion: "TLSv1.2";
};

const KNOWN = ["ca", "cert", "key", "pfx", "passphrase", "servername", "insecure"] as const;

/**
 * The option `tls`, which is for encrypted connections: whoever gives it and names none believes a line to be safe that is open.
 * @param secureScheme of encrypted connections, such as `amqps:`
 * @throws {TypeError} that names the wrong one
 */
export function readTls(
  where: string,
  value: unknown,
  endpoints: readonly Endpoint[],
  secureScheme: string,
): TlsSettings {
  if (value === undefined) return new TlsSettings({}, false);
  checkKnown(`${where} tls`, value, KNOWN);
  const options = value as TlsOptions;
  for (const name of ["ca", "cert", "key", "pfx"] as const) {
    const all: readonly unknown[] = Array.isArray(options[name]) ? options[name] : [options[name]];
    const isMaterial = (item: unknown): boolean =>
      item === undefined || typeof item === "string" || item instanceof Uint8Array;
    if (!all.every(isMaterial)) throw wrong(`${where} tls`, name, "a text or bytes", options[name]);
  }
  for (const name of ["passphrase", "servername"] as const) {
    const text = options[name];
    if (text !== undefined && typeof text !== "string") throw wrong(`${where} tls`, name, "a text", text);
  }
  // Node takes one without the other, and then presents no certificate.
  for (const [one, other] of [
    ["cert", "key"],
    ["key", "cert"],
  ] as const) {
    if (options[one] !== undefined && options[other] === undefined) {
      throw wrong(`${where} tls`, other, `given with ${one}`, undefined);
    }
  }
  if (!endpoints.some((endpoint) => endpoint.secure)) {
    throw new TypeError(`${where}: tls is given, but no URL is encrypted; use ${secureScheme}`);
  }
  return new TlsSettings(options, checkBoolean(`${where} tls`, "insecure", options.insecure, false));
}
