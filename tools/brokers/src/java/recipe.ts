import { JAVA_IMAGE } from "../docker/images.js";
import { dockerWay } from "../docker/way.js";
import { recipeFile } from "../home/recipe-file.js";
import { privateWay } from "../private/private-way.js";
import type { CommonOptions, Recipe } from "../recipe.js";
import { createJavaBroker, type JavaBroker } from "./create.js";
import { distributionObstacle, fetchArguments } from "./distribution.js";

/** A broker in Java: processes of its own from its distribution in Maven's repository; else a container that does the same. */
export function javaRecipe(broker: JavaBroker & { product: string }, options: CommonOptions): Recipe {
  const { distribution, family, product, protocols } = broker;
  const { version } = distribution;
  const command = ["sh", "/recipes/in-container.sh", family, ...fetchArguments(distribution)];
  return {
    name: family,
    family,
    product,
    version,
    protocols,
    ways: [
      privateWay({
        name: family,
        family,
        origin: "private process",
        obstacle: () => distributionObstacle(distribution),
        create: () => createJavaBroker(broker, options),
      }),
      dockerWay({
        name: family,
        family,
        protocols,
        options,
        image: JAVA_IMAGE,
        command,
        env: broker.env ?? {},
        mounts: () => ({ [recipeFile("")]: "/recipes" }),
      }),
    ],
  };
}
