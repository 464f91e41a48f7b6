import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "@porthos-rpc/protocol";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "calculator";

interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** What is different about a token. */
export interface TokenInit {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly issuer?: string;
  readonly audience?: string | string[];
  readonly expiresInS?: number;
  /** Signed with another key of the issuer than the last. */
  readonly key?: SigningKey;
}

/** Who makes tokens, with keys that he may change. */
export class Issuer {
  readonly keys: SigningKey[] = [];
  readonly #clock: Clock;
  #made = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async addKey(alg = "ES256"): Promise<SigningKey> {
    const { privateKey, publicKey } = await generateKeyPair(alg);
    const kid = `key-${++this.#made}`;
    const key = { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
    this.keys.push(key);
    return key;
  }

  get jwks(): JWK[] {
    return this.keys.map(({ jwk }) => jwk);
  }

  token(init: TokenInit = {}): Promise<string> {
    const { kid, alg, privateKey } = init.key ?? (this.keys.at(-1) as SigningKey);
    return this.#unsigned(init).setProtectedHeader({ alg, kid }).sign(privateKey);
  }

  /** By a secret. */
  tokenOf(secret: string, init: TokenInit = {}, alg = "HS256"): Promise<string> {
    return this.#unsigned(init).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
  }

  #unsigned({ claims, issuer = ISSUER, audience = AUDIENCE, expiresInS = 3_600 }: TokenInit): SignJWT {
    const nowS = Math.floor(this.#clock.epochMs() / 1_000);
    return new SignJWT({ sub: "alice", scope: "read write", ...claims })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + expiresInS);
  }
}

/** Where an issuer publishes his keys: the real thing, by HTTP. */
export class KeyServer implements AsyncDisposable {
  readonly #server: Server;
  requests = 0;
  /** What it answers; undefined: nothing, ever. */
  answer: (() => { readonly status: number; readonly body: string }) | undefined;

  private constructor(issuer: Issuer) {
    this.answer = () => ({ status: 200, body: JSON.stringify({ keys: issuer.jwks }) });
    this.#server = createServer((_request, response) => {
      this.requests++;
      const answer = this.answer?.();
      if (answer === undefined) return;
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(answer.body);
    });
  }

  static async start(issuer: Issuer): Promise<KeyServer> {
    const server = new KeyServer(issuer);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks?tenant=hidden`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
