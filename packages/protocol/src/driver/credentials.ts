import { RpcError } from "../errors.js";
import { wrong } from "../options.js";

/** What a client proves itself with (SASL PLAIN). An OAuth 2 token goes into `password`. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The account for trials of RabbitMQ and others; RabbitMQ lets it in from its own machine only. */
const GUEST: Credentials = { username: "guest", password: "guest" };

/**
 * Where the credentials of a connection come from. They live in private fields, which `util.inspect` and JSON do
 * not show, and are asked for at each connect.
 */
export class CredentialSource {
  readonly #given: Credentials | (() => Promise<Credentials>) | undefined;

  constructor(given: Credentials | (() => Promise<Credentials>) | undefined) {
    this.#given = given;
  }

  get isGiven(): boolean {
    return this.#given !== undefined;
  }

  /**
   * @param ofUrl what the URL says, second in rank
   * @throws {RpcError} Unavailable when the user's function fails: it is asked again at the next attempt
   */
  async resolve(ofUrl: Credentials | undefined): Promise<Credentials> {
    if (typeof this.#given !== "function") return this.#given ?? ofUrl ?? GUEST;
    let found: unknown;
    try {
      found = await this.#given();
    } catch (cause) {
      const message = "the function given as credentials failed; see the cause";
      throw new RpcError("Unavailable", message, { executed: "no", cause });
    }
    if (isCredentials(found)) return found;
    throw new RpcError("Config", "the function given as credentials must resolve to { username, password }");
  }
}

/** The option `credentials`. @throws {TypeError} when it is neither credentials nor a function */
export function readCredentials(where: string, value: unknown): CredentialSource {
  if (value === undefined || typeof value === "function" || isCredentials(value)) {
    return new CredentialSource(value as Credentials | (() => Promise<Credentials>) | undefined);
  }
  throw wrong(where, "credentials", "{ username, password } or a function that resolves to such", value);
}

function isCredentials(value: unknown): value is Credentials {
  if (typeof value !== "object" || value === null) return false;
  const { username, password } = value as Partial<Credentials>;
  return typeof username === "string" && username !== "" && typeof password === "string";
}
