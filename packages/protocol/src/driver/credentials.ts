import type { Clock } from "../clock.js";
import { RpcError } from "../errors.js";
import { wrong } from "../options.js";

/** What a client proves itself with (SASL PLAIN). An OAuth 2 token goes into `password`. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Credentials that a function gives, and until when they are good. */
export interface IssuedCredentials extends Credentials {
  /**
   * When they end, by the wall clock: of a JSON Web Token `new Date(exp * 1000)`. They are renewed after 80 % of the
   * time that is left when they are given. @default never
   */
  readonly expiresAt?: Date | undefined;
}

/**
 * Gives the credentials of now. It is asked at each connect, and in time before those in use end; it should give up
 * by itself, within seconds. What it throws is told (`degraded`) and it is asked again.
 */
export type CredentialFunction = () => Promise<IssuedCredentials>;

/** The account for trials of RabbitMQ and others; RabbitMQ lets it in from its own machine only. */
const GUEST: Credentials = { username: "guest", password: "guest" };

/**
 * Where the credentials of a connection come from. They live in private fields, which `util.inspect` and JSON do
 * not show, and are asked for at each connect.
 */
export class CredentialSource {
  readonly #given: Credentials | CredentialFunction | undefined;

  constructor(given: Credentials | CredentialFunction | undefined) {
    this.#given = given;
  }

  get isGiven(): boolean {
    return this.#given !== undefined;
  }

  /**
   * @param ofUrl what the URL says, second in rank
   * @throws {RpcError} Unavailable when the user's function fails: it is asked again at the next attempt; Config when
   * what it gives is no credentials, or over already
   */
  async resolve(ofUrl: Credentials | undefined, clock: Clock): Promise<IssuedCredentials> {
    if (typeof this.#given !== "function") return this.#given ?? ofUrl ?? GUEST;
    let found: unknown;
    try {
      found = await this.#given();
    } catch (cause) {
      const message = "the function given as credentials failed; see the cause";
      throw new RpcError("Unavailable", message, { executed: "no", cause });
    }
    if (!isCredentials(found)) {
      throw new RpcError(
        "Config",
        "the function given as credentials must resolve to { username, password }",
      );
    }
    checkExpiry(found.expiresAt, clock);
    return found;
  }
}

/** The option `credentials`. @throws {TypeError} when it is neither credentials nor a function */
export function readCredentials(where: string, value: unknown): CredentialSource {
  if (value === undefined || typeof value === "function") {
    return new CredentialSource(value as CredentialFunction | undefined);
  }
  if (!isCredentials(value)) {
    throw wrong(where, "credentials", "{ username, password } or a function that resolves to such", value);
  }
  if (value.expiresAt !== undefined) {
    throw wrong(
      where,
      "credentials",
      "a function if they have an expiresAt, so that they can be renewed",
      value,
    );
  }
  return new CredentialSource(value);
}

/** What is over need not be shown to the broker. */
function checkExpiry(expiresAt: unknown, clock: Clock): void {
  if (expiresAt === undefined) return;
  const endMs = expiresAt instanceof Date ? expiresAt.getTime() : Number.NaN;
  if (Number.isNaN(endMs)) {
    const text = "expiresAt of what the function given as credentials resolves to must be a valid Date";
    throw new RpcError("Config", `${text}; of a JSON Web Token it is new Date(exp * 1000)`);
  }
  const nowMs = clock.epochMs();
  if (endMs > nowMs) return;
  const [end, now] = [endMs, nowMs].map((ms) => new Date(ms).toISOString());
  const advice = "it must fetch new ones each time it is asked, and this machine's clock must be right";
  const text = `the credentials that the function gave ended at ${end}, and it is ${now} here; ${advice}`;
  throw new RpcError("Config", text, { executed: "no" });
}

function isCredentials(value: unknown): value is IssuedCredentials {
  if (typeof value !== "object" || value === null) return false;
  const { username, password } = value as Partial<Credentials>;
  return typeof username === "string" && username !== "" && typeof password === "string";
}
