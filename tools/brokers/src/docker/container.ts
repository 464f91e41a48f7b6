import { rmSync } from "node:fs";
import type { Family, Urls } from "../broker.js";
import { cut } from "../cut/cut.js";
import { type Guard, guard } from "../private/guard.js";
import { type Answer, probeUntilUp } from "../probe/probe.js";
import type { Keeper } from "../recipe.js";
import { docker } from "./docker.js";

/** A container, as far as another process needs to know it; plain data. */
export type ContainerSpec = {
  readonly id: string;
  readonly family: Family;
  readonly urls: Urls;
  /** Files of this machine that are mounted into it. */
  readonly folder: string;
};

/** The first start of a broker in Java includes its download. */
const START_WITHIN_MS = 300_000;

/** A broker in a container of its own, with one port of the loopback interface that stays the same. */
export class Container implements Keeper {
  readonly spec: ContainerSpec;

  #guard: Guard | undefined;

  /** A handle on the container, whoever runs it. */
  constructor(spec: ContainerSpec) {
    this.spec = spec;
  }

  /** Ends it with this process. */
  guard(): void {
    const { id, folder } = this.spec;
    this.#guard = guard(`docker rm -f -v ${id}; rm -rf '${folder}'`);
  }

  probe(): Promise<Answer> {
    return probeUntilUp(this.spec.urls, START_WITHIN_MS);
  }

  async start(): Promise<void> {
    await docker("start", this.spec.id);
    await this.probe();
  }

  async stop(): Promise<void> {
    await docker("stop", this.spec.id);
  }

  async kill(): Promise<void> {
    await docker("kill", this.spec.id);
  }

  cut(): Promise<void> {
    return cut(this.spec.family, this.spec.urls, this);
  }

  async ctl(...args: string[]): Promise<string> {
    if (this.spec.family !== "rabbitmq") throw new Error("In a container only RabbitMQ has its tool at hand");
    return docker("exec", this.spec.id, "rabbitmqctl", ...args);
  }

  async remove(): Promise<void> {
    await docker("rm", "-f", "-v", this.spec.id);
    rmSync(this.spec.folder, { recursive: true, force: true });
    this.release();
  }

  release(): void {
    this.#guard?.release();
  }
}
