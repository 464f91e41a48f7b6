import type { Family, Protocol } from "../broker.js";
import { recipeFile } from "../home/recipe-file.js";
import { freePorts } from "../private/free-ports.js";
import { newFolder, PrivateBroker, type PrivateSpec } from "../private/private-broker.js";
import { type CommonOptions, loopbackUrls } from "../recipe.js";
import { type Distribution, fetchDistribution } from "./distribution.js";
import { java } from "./runtime.js";

/** A broker in Java, by its recipe's run.sh. */
export type JavaBroker = {
  readonly family: Family;
  readonly protocols: readonly Protocol[];
  readonly distribution: Distribution;
  /** Of run.sh, beside what all have. */
  readonly env?: Readonly<Record<string, string>>;
  tool?(software: string, port: number): PrivateSpec["tool"];
};

/** Downloads it if need be, and makes one of it that is not started yet. @throws {NotToBeHad} */
export async function createJavaBroker(broker: JavaBroker, options: CommonOptions): Promise<PrivateBroker> {
  const software = await fetchDistribution(broker.distribution);
  const [free = 0] = await freePorts(1);
  const port = options.port ?? free;
  const folder = newFolder(options.name ?? broker.family);
  const runtime = await java();
  const tool = broker.tool?.(software, port);
  const spec: PrivateSpec = {
    family: broker.family,
    urls: loopbackUrls(broker.protocols, port),
    command: `exec sh "${recipeFile(`${broker.family}/run.sh`)}"`,
    env: {
      PATH: process.env["PATH"] ?? "/usr/bin:/bin",
      LANG: "C.UTF-8",
      HOME: folder,
      JAVA: runtime,
      JAVACMD: runtime,
      HOST: "127.0.0.1",
      PORT: String(port),
      SOFTWARE: software,
      ...broker.env,
    },
    ...(tool === undefined ? {} : { tool }),
  };
  return PrivateBroker.create(folder, spec);
}
