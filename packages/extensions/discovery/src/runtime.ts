/** What hosts say of themselves, each in its way. */
interface Host {
  readonly process?: { readonly versions?: Readonly<Record<string, string | undefined>> };
  readonly navigator?: { readonly userAgent?: string };
}

/** Those that say to be Node as well come first. */
const RUNTIMES = ["bun", "deno", "node"];

/** The name and version of what this runs on; undefined where it does not say. */
export function runtimeOf(host: Host): string | undefined {
  const versions = host.process?.versions ?? {};
  const name = RUNTIMES.find((one) => versions[one] !== undefined);
  return name === undefined ? host.navigator?.userAgent : `${name} ${versions[name]}`;
}
