import type { Family, Protocol } from "../broker.js";
import { freePorts } from "../private/free-ports.js";
import { newFolder } from "../private/private-broker.js";
import { type CommonOptions, loopbackUrls, type Outcome, type Way } from "../recipe.js";
import { Container } from "./container.js";
import { docker, dockerObstacle } from "./docker.js";

export type DockerWay = {
  readonly name: string;
  readonly family: Family;
  readonly protocols: readonly Protocol[];
  readonly options: CommonOptions;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Paths of this machine, and where they are mounted; may write files into `folder` first. */
  mounts(folder: string): Readonly<Record<string, string>>;
};

const ORIGIN = "container";

/** A broker that listens at port 5672 of a container. */
export function dockerWay(way: DockerWay): Way {
  return { origin: ORIGIN, obstacle: dockerObstacle, start: () => run(way) };
}

async function run({ name, family, protocols, options, image, ...way }: DockerWay): Promise<Outcome> {
  const [free = 0] = await freePorts(1);
  const port = options.port ?? free;
  const folder = newFolder(options.name ?? name);
  const mounts = Object.entries(way.mounts(folder)).flatMap(([from, to]) => ["-v", `${from}:${to}:ro`]);
  const env = Object.entries(way.env ?? {}).flatMap(([variable, value]) => ["-e", `${variable}=${value}`]);
  const publish = ["-p", `127.0.0.1:${port}:5672`];
  const id = await docker("run", "-d", ...publish, ...env, ...mounts, image, ...(way.command ?? []));
  const urls = loopbackUrls(protocols, port);
  const container = new Container({ id, family, urls, folder });
  container.guard();
  const info = { name, family, ...(await container.probe()), urls, origin: ORIGIN };
  return { descriptor: { info, hand: { kind: "container", spec: container.spec } }, control: container };
}
