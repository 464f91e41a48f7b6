import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { chosenBrokers } from "../chosen-brokers.js";
import { probe } from "../probe/probe.js";
import { foldersOf, processesOf } from "../testing/leftovers.js";

const catalogue = new URL("../start-broker.ts", import.meta.url).href;

/** One in Erlang and one in Java: both are families of processes. */
const names = (["rabbitmq-3.10", "artemis"] as const).filter((name) => chosenBrokers().includes(name));

test.each(names)(
  "%s ends with the process that started it, even if that is killed",
  { timeout: 600_000 },
  async (name) => {
    const word = `orphan-${name}`;
    const program = `
      const { startBroker } = await import(${JSON.stringify(catalogue)});
      const broker = await startBroker(${JSON.stringify(name)}, { name: ${JSON.stringify(word)} });
      console.log(JSON.stringify(broker.urls));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    expect(foldersOf(word)).toHaveLength(1);

    parent.kill("SIGKILL");
    await expect.poll(() => foldersOf(word), { timeout: 20_000 }).toEqual([]);
    expect(processesOf(word)).toEqual([]);
    await expect(probe(JSON.parse(line.toString()))).rejects.toThrow(/ECONNREFUSED/);
  },
);
