import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "amqplib";
import { expect, test } from "vitest";
import { startRabbit } from "./index.js";
import { findInstallation } from "./rabbitmq/installation.js";

const here = findInstallation() !== undefined;

async function messagesIn(url: string, queue: string): Promise<number> {
  const model = await connect(url);
  const channel = await model.createChannel();
  const { messageCount } = await channel.checkQueue(queue);
  await model.close();
  return messageCount;
}

async function keepOneMessage(url: string, queue: string): Promise<void> {
  const model = await connect(url);
  const channel = await model.createConfirmChannel();
  await channel.assertQueue(queue, { durable: true });
  channel.sendToQueue(queue, Buffer.from([1]), { persistent: true });
  await channel.waitForConfirms();
  await model.close();
}

test.runIf(here)(
  "a private node keeps its port and its data over a restart and over a kill",
  { timeout: 180_000 },
  async () => {
    await using rabbit = await startRabbit({ name: "own" });
    const url = rabbit.url("amqp091");
    await keepOneMessage(url, "kept");

    await rabbit.restart();
    expect(await messagesIn(url, "kept")).toBe(1);

    await rabbit.kill();
    await expect(messagesIn(url, "kept")).rejects.toThrow(/ECONNREFUSED/);
    await rabbit.start();
    expect(await messagesIn(url, "kept")).toBe(1);
    expect(await rabbit.ctl("-q", "list_queues", "name")).toContain("kept");
  },
);

test.runIf(here)(
  "a private node ends with the process that started it, even if that is killed",
  { timeout: 120_000 },
  async () => {
    const program = `
    const { RabbitNode } = await import(${JSON.stringify(new URL("./rabbitmq/node.ts", import.meta.url).href)});
    const { findInstallation } = await import(${JSON.stringify(new URL("./rabbitmq/installation.ts", import.meta.url).href)});
    const node = await RabbitNode.create(findInstallation(), { name: "orphan" });
    await node.start();
    console.log(JSON.stringify([node.folder, node.url]));
    setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const [folder, url] = JSON.parse(line.toString()) as [string, string];
    expect(existsSync(folder)).toBe(true);

    parent.kill("SIGKILL");
    await expect.poll(() => existsSync(folder), { timeout: 20_000 }).toBe(false);
    await expect(connect(url)).rejects.toThrow(/ECONNREFUSED/);
  },
);
