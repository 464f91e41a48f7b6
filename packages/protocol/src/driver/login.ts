import { checkOneOf } from "../options.js";
import type { CredentialSource } from "./credentials.js";
import type { Endpoint } from "./endpoint.js";
import type { TlsSettings } from "./tls.js";

/**
 * How the broker is told who we are (SASL). `plain`: user name and password. `external`: the client certificate of
 * `tls`. `anonymous`: not at all.
 */
export type SaslMode = "plain" | "external" | "anonymous";

/** What there is to log in with, and where. */
export interface LoginMeans {
  readonly endpoints: readonly Endpoint[];
  readonly credentials: CredentialSource;
  readonly tls: TlsSettings;
}

/**
 * The option `sasl`, which has to fit what else is given.
 * @param secureScheme of encrypted connections, such as `amqps:`
 * @throws {TypeError}
 */
export function readSasl(where: string, value: unknown, means: LoginMeans, secureScheme: string): SaslMode {
  const sasl = checkOneOf<SaslMode>(where, "sasl", value, ["plain", "external", "anonymous"], "plain");
  if (sasl === "plain") refuseGuestElsewhere(where, means, secureScheme);
  else refuseCredentials(where, sasl, means);
  if (sasl === "external") requireCertificate(where, means, secureScheme);
  return sasl;
}

/** A default password must not travel, nor be tried on somebody's broker by mistake. */
function refuseGuestElsewhere(where: string, { endpoints, credentials }: LoginMeans, scheme: string): void {
  if (credentials.isGiven) return;
  const open = endpoints.find((endpoint) => endpoint.credentials === undefined && !endpoint.isLoopback);
  if (open === undefined) return;
  throw new TypeError(
    `${where}: no credentials for ${open.label}; put them into the URL (${scheme}//user:password@${open.host}) ` +
      'or the option "credentials". Without any, guest is used, and only on this machine',
  );
}

function refuseCredentials(where: string, sasl: SaslMode, { endpoints, credentials }: LoginMeans): void {
  if (!credentials.isGiven && endpoints.every((endpoint) => endpoint.credentials === undefined)) return;
  throw new TypeError(`${where}: credentials are given, but sasl: "${sasl}" uses none`);
}

function requireCertificate(where: string, { endpoints, tls }: LoginMeans, scheme: string): void {
  if (tls.hasCertificate && endpoints.every((endpoint) => endpoint.secure)) return;
  throw new TypeError(
    `${where}: sasl: "external" needs ${scheme} URLs and a client certificate (tls.cert or tls.pfx)`,
  );
}

/** For the operator: lines on which others can read the password and every message. @param plainScheme such as `amqp:` */
export function openLines(
  { endpoints, tls }: Pick<LoginMeans, "endpoints" | "tls">,
  plainScheme: string,
  secureScheme: string,
): string[] {
  const warnings: string[] = [];
  const plain = endpoints.find((endpoint) => !endpoint.secure && !endpoint.isLoopback);
  if (plain !== undefined) {
    const what = "is not encrypted, and the password travels in the clear";
    warnings.push(`${plainScheme} to ${plain.label} ${what}; use ${secureScheme}`);
  }
  const secure = endpoints.find((endpoint) => endpoint.secure);
  if (tls.insecure && secure !== undefined) {
    warnings.push(`tls.insecure: the certificate of ${secure.label} is not verified; use tls.ca instead`);
  }
  return warnings;
}
