import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BrokerControl } from "../broker.js";
import { freePorts } from "../free-ports.js";
import { guard } from "../guard.js";
import { type Answer, probeUntilUp } from "../probe.js";
import type { RabbitNodeOptions } from "./node.js";

const IMAGE = "rabbitmq:3.10";
const START_WITHIN_MS = 60_000;

/** Runs Docker's own client. @throws {Error} with what it printed. */
async function docker(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("docker", args, { timeout: 180_000 });
  return stdout.trim();
}

export async function dockerAnswers(): Promise<boolean> {
  return promisify(execFile)("docker", ["info"], { timeout: 5_000 }).then(
    () => true,
    () => false,
  );
}

/** A RabbitMQ in a container of its own, with one port of the loopback interface that stays the same. */
export class RabbitContainer implements BrokerControl {
  readonly id: string;
  readonly url: string;

  constructor(id: string, url: string) {
    this.id = id;
    this.url = url;
  }

  static async run(options: RabbitNodeOptions = {}): Promise<RabbitContainer> {
    const [port = 0] = await freePorts(1);
    const folder = mkdtempSync(join(tmpdir(), "porthos-container-"));
    const config = join(folder, "porthos.conf");
    writeFileSync(config, `${(options.config ?? []).join("\n")}\n`);
    const plugins = join(folder, "enabled_plugins");
    writeFileSync(plugins, `[${["rabbitmq_amqp1_0", ...(options.plugins ?? [])].join(",")}].\n`);
    const mounts = [
      `${config}:/etc/rabbitmq/conf.d/90-porthos.conf`,
      `${plugins}:/etc/rabbitmq/enabled_plugins`,
    ];
    const volumes = mounts.flatMap((mount) => ["-v", `${mount}:ro`]);
    const id = await docker("run", "-d", "-p", `127.0.0.1:${port}:5672`, ...volumes, IMAGE);
    if (options.guarded ?? true) guard(`docker rm -f -v ${id}; rm -rf '${folder}'`);
    return new RabbitContainer(id, `amqp://guest:guest@127.0.0.1:${port}`);
  }

  probe(): Promise<Answer> {
    return probeUntilUp(this.url, START_WITHIN_MS);
  }

  async start(): Promise<void> {
    await docker("start", this.id);
    await this.probe();
  }

  async stop(): Promise<void> {
    await docker("stop", this.id);
  }

  async kill(): Promise<void> {
    await docker("kill", this.id);
  }

  ctl(...args: string[]): Promise<string> {
    return docker("exec", this.id, "rabbitmqctl", ...args);
  }

  async remove(): Promise<void> {
    await docker("rm", "-f", "-v", this.id);
  }
}
