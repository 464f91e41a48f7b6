import type { Extension, ExtensionHost } from "@porthos-rpc/protocol";
import { LoopLag } from "./loop-lag.js";
import { type CheckedHealthOptions, checkHealthOptions, type HealthOptions } from "./options.js";
import { type Probe, ProbeServer } from "./probe-server.js";
import { Readiness } from "./readiness.js";
import type { HealthStatus, LivenessStatus, ReadinessStatus } from "./status.js";

/** An extension that can be asked. */
export interface HealthExtension extends Extension {
  /** Where its probe answers; undefined while there is none. */
  readonly port: number | undefined;
  /** How it is, for those with an HTTP server of their own. Runs the checks, in bounded time. Never rejects. */
  status(): Promise<HealthStatus>;
  /** Whether the process should go on living: without any check, at once. */
  liveness(): LivenessStatus;
}

const NOT_READY: ReadinessStatus = { ready: false, phase: "stopped", transports: [], checks: {} };
const ALIVE: LivenessStatus = { live: true, lagMs: 0 };

/**
 * Says whether a server or client is ready (it listens, one of its transports is up and not blocked, it does not close, and what `checks` asks for is well), and
 * whether its process is alive (its event loop's timers are not late by more than `maxLagMs`): by `status()`, and to HTTP probes if it is given a `port`,
 * with 200 or 503. Probes are answered from the server's start, or the client's first call, until it has stopped.
 *
 * An object of it belongs to one client or server. The start fails with an `RpcError` of code `Config` when the port cannot be had.
 * @throws {TypeError} for a wrong option, by name.
 */
export function health(options: HealthOptions = {}): HealthExtension {
  return new Health(checkHealthOptions(options));
}

/** A class, since an extension has no parts of its own but those that hosts know. */
class Health implements HealthExtension {
  readonly name = "health";
  readonly apiVersion = 1;
  readonly client: NonNullable<Extension["client"]>;
  readonly server: NonNullable<Extension["server"]>;
  readonly #options: CheckedHealthOptions;
  #running: Running | undefined;

  constructor(options: CheckedHealthOptions) {
    this.#options = options;
    const both = {
      start: (host: ExtensionHost) => this.#start(host),
      stop: () => this.#stop(),
      describe: () => described(this.#options, this.#running),
    };
    this.client = both;
    this.server = {
      ...both,
      observe: {
        listening: () => this.#running?.readiness.listening(),
        closing: () => this.#running?.readiness.closing(),
      },
    };
  }

  get port(): number | undefined {
    return this.#running?.probes.port;
  }

  async status(): Promise<HealthStatus> {
    const readiness = (await this.#running?.readiness.status()) ?? NOT_READY;
    return { readiness, liveness: this.liveness() };
  }

  liveness(): LivenessStatus {
    return this.#running?.liveness ?? ALIVE;
  }

  async #start(host: ExtensionHost): Promise<void> {
    if (this.#running !== undefined)
      throw new TypeError("health: it is part of a client or server already; make one for each");
    const starting = new Running(host, this.#options);
    this.#running = starting;
    try {
      await starting.open();
    } catch (error) {
      await this.#stop();
      throw error;
    }
  }

  async #stop(): Promise<void> {
    const stopping = this.#running;
    this.#running = undefined;
    await stopping?.close();
  }
}

/** What there is from a start to a stop. */
class Running {
  readonly readiness: Readiness;
  readonly probes: ProbeServer;
  readonly #lag: LoopLag;
  readonly #options: CheckedHealthOptions;
  #isOpen = false;

  constructor(host: ExtensionHost, options: CheckedHealthOptions) {
    this.#options = options;
    this.readiness = new Readiness(host, options);
    this.#lag = new LoopLag(host.clock);
    const paths = new Map<string, Probe>([
      [options.readyPath, () => this.#ready()],
      [options.livePath, () => this.#live()],
    ]);
    this.probes = new ProbeServer(paths, host.clock);
  }

  get liveness(): LivenessStatus {
    const lagMs = this.#lag.ms;
    return { live: lagMs <= this.#options.maxLagMs, lagMs };
  }

  async open(): Promise<void> {
    this.#lag.start();
    const { port, host } = this.#options;
    if (port === undefined) return;
    await this.probes.open(port, host);
    this.#isOpen = true;
  }

  async close(): Promise<void> {
    this.readiness.stop();
    this.#lag.stop();
    if (this.#isOpen) await this.probes.close();
  }

  async #ready(): ReturnType<Probe> {
    const detail = await this.readiness.status();
    return { isWell: detail.ready, detail };
  }

  async #live(): ReturnType<Probe> {
    const detail = this.liveness;
    return { isWell: detail.live, detail };
  }
}

function described({ checks, ...options }: CheckedHealthOptions, running: Running | undefined): unknown {
  const port = running?.probes.port ?? options.port;
  return { ...options, ...(port === undefined ? {} : { port }), checks: [...checks.keys()] };
}
