import { Line } from "@porthos-rpc/brokers";
import type { Transport } from "@porthos-rpc/protocol";
import { memory, memoryBroker } from "@porthos-rpc/transport-memory";
import type { WatchedStage } from "../watch/watched-stage.js";

/** Two transports to one broker, of which one has a connection that a test can cut. */
export interface Cuttable {
  readonly transport: Transport;
  /** Nobody cuts this one. */
  readonly other: Transport;
  /** Drops the connections of `transport`, which makes new ones. */
  cut(): void;
  /** Takes the broker away from `transport` until its test is over. */
  leave(): Promise<void>;
}

export async function cuttable(stage: WatchedStage): Promise<Cuttable> {
  return stage.row.transport === "memory" ? inMemory(stage) : byLine(stage);
}

async function inMemory(stage: WatchedStage): Promise<Cuttable> {
  const broker = memoryBroker();
  const [transport, other] = [1, 2].map(() => memory({ broker, clock: stage.clock })) as [
    Transport,
    Transport,
  ];
  for (const each of [transport, other]) stage.addTransport(each);
  return {
    transport,
    other,
    cut: () => broker.disconnect(transport),
    leave: async () => broker.stop(),
  };
}

async function byLine(stage: WatchedStage): Promise<Cuttable> {
  const line = await Line.open(stage.row.url);
  stage.after(() => line.close());
  const transport = await stage.transport({ url: line.url });
  return { transport, other: await stage.transport(), cut: () => line.cut(), leave: () => line.refuse() };
}
