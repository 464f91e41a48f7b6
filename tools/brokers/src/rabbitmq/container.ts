import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { RABBITMQ_IMAGES } from "../docker/images.js";
import { dockerWay } from "../docker/way.js";
import type { Way } from "../recipe.js";
import type { RabbitLine } from "./debian.js";
import type { RabbitOptions } from "./node.js";

export function rabbitContainer(line: RabbitLine, options: RabbitOptions): Way {
  return dockerWay({
    name: `rabbitmq-${line}`,
    family: "rabbitmq",
    protocols: ["amqp091", "amqp10"],
    options,
    image: RABBITMQ_IMAGES[line],
    mounts: (folder) => {
      const config = join(folder, "porthos.conf");
      const plugins = join(folder, "enabled_plugins");
      const amqp10 = line === "3.10" ? ["rabbitmq_amqp1_0"] : [];
      writeFileSync(config, `${(options.config ?? []).join("\n")}\n`);
      writeFileSync(plugins, `[${[...amqp10, ...(options.plugins ?? [])].join(",")}].\n`);
      return { [config]: "/etc/rabbitmq/conf.d/90-porthos.conf", [plugins]: "/etc/rabbitmq/enabled_plugins" };
    },
  });
}
