import type { PrivateWay } from "../private/private-way.js";
import { privateWay } from "../private/private-way.js";
import type { Recipe } from "../recipe.js";
import { rabbitContainer } from "./container.js";
import { debianObstacle, fromDebian, type RabbitLine } from "./debian.js";
import { findInstallation, type Installation } from "./installation.js";
import { createNode, type RabbitOptions } from "./node.js";

/**
 * RabbitMQ of a line of releases: a node of its own, from the RabbitMQ that is installed if it is of that line, else
 * from Debian's packages, unpacked; else a container.
 */
export function rabbitmq(line: RabbitLine, options: RabbitOptions = {}): Recipe {
  const name = `rabbitmq-${line}`;
  const node = (way: Pick<PrivateWay, "origin" | "obstacle">, find: () => Promise<Installation>) =>
    privateWay({
      ...way,
      name,
      family: "rabbitmq",
      create: async () => createNode(await find(), { name, ...options }),
    });
  const installed = findInstallation(line);
  return {
    name,
    family: "rabbitmq",
    product: "RabbitMQ",
    version: line,
    protocols: ["amqp091", "amqp10"],
    ways: [
      installed === undefined
        ? node({ origin: "private node of Debian's packages", obstacle: () => debianObstacle(line) }, () =>
            fromDebian(line),
          )
        : node({ origin: "private node", obstacle: () => undefined }, async () => installed),
      rabbitContainer(line, options),
    ],
  };
}
