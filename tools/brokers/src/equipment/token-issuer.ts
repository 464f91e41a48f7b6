import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const KEY_ID = "porthos-test";
const AUDIENCE = "porthos";

/** Who issues OAuth 2 tokens in a test: JSON Web Tokens that a RabbitMQ believes which was set up with `config`. */
export class TokenIssuer implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "porthos-tokens-"));
  readonly #keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  #issued = 0;

  constructor() {
    writeFileSync(this.#keyFile, this.#keys.publicKey.export({ type: "spki", format: "pem" }));
  }

  /** Lines for rabbitmq.conf; it needs the plugin rabbitmq_auth_backend_oauth2 too. Users with passwords stay. */
  get config(): string[] {
    return [
      "auth_backends.1 = rabbit_auth_backend_oauth2",
      "auth_backends.2 = internal",
      `auth_oauth2.resource_server_id = ${AUDIENCE}`,
      `auth_oauth2.default_key = ${KEY_ID}`,
      `auth_oauth2.signing_keys.${KEY_ID} = ${this.#keyFile}`,
    ];
  }

  /** A token that ends then (whole seconds), for who may do all; no two are the same. */
  token(expiresAt: Date): string {
    const rights = ["configure", "write", "read"].map((right) => `${AUDIENCE}.${right}:*/*`);
    const claims = {
      sub: "porthos-test",
      aud: AUDIENCE,
      scope: rights,
      exp: Math.floor(expiresAt.getTime() / 1_000),
      jti: String(++this.#issued),
    };
    const parts = [{ alg: "RS256", typ: "JWT", kid: KEY_ID }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString("base64url"),
    );
    const signature = sign("sha256", Buffer.from(parts.join(".")), this.#keys.privateKey);
    return [...parts, signature.toString("base64url")].join(".");
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }

  get #keyFile(): string {
    return join(this.#folder, "key.pem");
  }
}
