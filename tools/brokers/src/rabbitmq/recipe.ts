import { existsSync } from "node:fs";
import { foreign } from "../foreign.js";
import type { Outcome, Recipe } from "../recipe.js";
import { dockerAnswers, RabbitContainer } from "./container.js";
import { findInstallation, type Installation, installFromDebian } from "./installation.js";
import { RabbitNode, type RabbitNodeOptions } from "./node.js";

const NAME = "rabbitmq";

/** RabbitMQ in the version that the system has, 3.10 on Debian 12. */
export const rabbitmq: Recipe = {
  name: NAME,
  ways: [foreign(NAME, "PORTHOS_TEST_AMQP091_URL"), () => privateNode(), () => container()],
};

/** A node of its own from the RabbitMQ that is installed, which in CI may be installed for it. */
export async function privateNode(options: RabbitNodeOptions = {}): Promise<Outcome> {
  const installation = findInstallation() ?? installInCi();
  if (installation === undefined) return { reason: "no rabbitmq-server is installed" };
  const node = await RabbitNode.create(installation, options);
  const answer = await node.startAndProbe();
  const urls = { amqp091: node.url, amqp10: node.url.replace("amqp:", "amqp10:") };
  const info = { name: options.name ?? NAME, ...answer, urls, origin: "private node" };
  return { descriptor: { info, hand: { kind: "rabbitmq-node", folder: node.folder } }, control: node };
}

export async function container(options: RabbitNodeOptions = {}): Promise<Outcome> {
  if (!(await dockerAnswers())) return { reason: "no Docker engine answers" };
  const rabbit = await RabbitContainer.run(options);
  const answer = await rabbit.probe();
  const urls = { amqp091: rabbit.url, amqp10: rabbit.url.replace("amqp:", "amqp10:") };
  const info = { name: options.name ?? NAME, ...answer, urls, origin: "container" };
  return {
    descriptor: { info, hand: { kind: "rabbitmq-container", id: rabbit.id, url: rabbit.url } },
    control: rabbit,
  };
}

/** Nobody's machine is changed but that of a CI job, which is thrown away. */
function installInCi(): Installation | undefined {
  const throwAway = process.env["CI"] === "true" && process.getuid?.() === 0;
  if (!throwAway || !existsSync("/usr/bin/apt-get")) return undefined;
  installFromDebian();
  return findInstallation();
}
