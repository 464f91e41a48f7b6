import { type Broker, Line, type Protocol } from "@porthos-rpc/brokers";
import type { Ledger } from "../ledger.js";
import type { Part } from "../programs/part.js";
import type { Target } from "../schedule.js";
import { Actor } from "./actor.js";

export type CompanyOptions = Omit<Part, "index" | "life" | "url" | "rate"> & {
  readonly broker: Broker;
  /** The folder with the bundled programs. */
  readonly programs: string;
  readonly protocol: Protocol;
  readonly clients: number;
  readonly servers: number;
  /** Calls a second, of all clients. */
  readonly rate: number;
};

/** The processes of a run, each with a line of its own to the broker. */
export class Company {
  readonly #options: CompanyOptions;
  readonly #ledger: Ledger;
  readonly #lines = new Map<string, Line>();
  readonly #actors = new Map<string, Actor>();

  private constructor(options: CompanyOptions, ledger: Ledger) {
    this.#options = options;
    this.#ledger = ledger;
  }

  /** Resolves when the servers serve and the clients are connected. */
  static async start(options: CompanyOptions, ledger: Ledger): Promise<Company> {
    const company = new Company(options, ledger);
    try {
      const url = options.broker.url(options.protocol);
      for (const key of company.#keys()) company.#lines.set(key, await Line.open(url));
      // Servers first: they declare the queue.
      for (const role of ["server", "client"] as const) {
        const all = company.#indexes(role).map((index) => company.#spawn(role, index, 0));
        await Promise.all(all.map(({ ready }) => ready));
      }
      return company;
    } catch (error) {
      await company.dispose();
      throw error;
    }
  }

  get clients(): Actor[] {
    return this.#indexes("client").map((index) => this.#actor("client", index));
  }

  get servers(): Actor[] {
    return this.#indexes("server").map((index) => this.#actor("server", index));
  }

  actor({ role, index }: Exclude<Target, { role: "broker" }>): Actor {
    return this.#actor(role, index);
  }

  line({ role, index }: Exclude<Target, { role: "broker" }>): Line {
    return this.#lines.get(`${role} ${index}`) as Line;
  }

  /** Starts the next life of a server that has ended. Resolves when it serves. */
  async revive(index: number): Promise<void> {
    const { life } = this.#actor("server", index).part;
    await this.#spawn("server", index, life + 1).ready;
  }

  /** Ends whatever still runs. */
  async dispose(): Promise<void> {
    for (const actor of this.#actors.values()) if (actor.isRunning) actor.signal("SIGKILL");
    await Promise.all(Array.from(this.#actors.values(), ({ exited }) => exited));
    await Promise.all(Array.from(this.#lines.values(), (line) => line.close()));
  }

  #spawn(role: "client" | "server", index: number, life: number): Actor {
    const { broker: _, programs, clients, servers: __, rate, ...shared } = this.#options;
    const { url } = this.line({ role, index });
    const part: Part = { ...shared, index, life, url, rate: rate / clients };
    const actor = new Actor(role, part, programs, this.#ledger);
    // Whoever waits for it is told; that it ended is in the ledger.
    actor.ready.catch(() => {});
    this.#actors.set(`${role} ${index}`, actor);
    return actor;
  }

  #actor(role: "client" | "server", index: number): Actor {
    return this.#actors.get(`${role} ${index}`) as Actor;
  }

  #indexes(role: "client" | "server"): number[] {
    const { clients, servers } = this.#options;
    return Array.from({ length: role === "client" ? clients : servers }, (_, index) => index);
  }

  #keys(): string[] {
    return (["client", "server"] as const).flatMap((role) =>
      this.#indexes(role).map((index) => `${role} ${index}`),
    );
  }
}
