import { Line } from "@porthos-rpc/brokers";
import { connect } from "@porthos-rpc/connect";
import type { Delivery, Transport } from "@porthos-rpc/protocol";
import { memory, memoryBroker } from "@porthos-rpc/transport-memory";
import type { Row } from "./rows.js";
import type { Stage } from "./stage.js";

/** One end's transport to a broker, whose connection a test can cut, and the other end's, which stays. */
export interface Cuttable {
  readonly transport: Transport;
  readonly other: Transport;
  /** Drops the connections of `transport`, which makes new ones. */
  cut(): void;
  /** The same, and makes the broker be away for it. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
}

/** @param options of the transport that can be cut */
export async function cuttable(
  row: Row,
  stage: Stage,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Cuttable> {
  return row.transport === "memory" ? inMemory(stage) : byLine(row, stage, options);
}

function inMemory(stage: Stage): Cuttable {
  const broker = memoryBroker();
  const [transport, other] = [memory({ broker }), memory({ broker })];
  for (const each of [transport, other]) stage.addTransport(each);
  // A connection of its own cannot be refused: the broker stops, and forgets what a broker forgets.
  const refuse = async (): Promise<void> => broker.stop();
  return {
    transport,
    other,
    cut: () => broker.disconnect(transport),
    refuse,
    accept: async () => broker.start(),
  };
}

async function byLine(row: Row, stage: Stage, options: Readonly<Record<string, unknown>>): Promise<Cuttable> {
  const line = await Line.open(row.url);
  const transport = await connect(line.url, options);
  stage.addTransport(transport);
  stage.add({ close: () => line.close() });
  const other = await stage.transport();
  return {
    transport,
    other,
    cut: () => line.cut(),
    refuse: () => line.refuse(),
    accept: () => line.accept(),
  };
}

/** The transport, but for the first acceptance, which is lost: `onLost` cuts the connection instead. */
export function losingFirstAccept(transport: Transport, onLost: () => void): Transport {
  let isLost = false;
  const accept = (delivery: Delivery): void => {
    if (isLost) {
      delivery.accept();
      return;
    }
    isLost = true;
    onLost();
  };
  const consume: Transport["consume"] = (queue, options, onDelivery) =>
    transport.consume(queue, options, (delivery) =>
      onDelivery({
        message: delivery.message,
        redelivered: delivery.redelivered,
        deliveryCount: delivery.deliveryCount,
        accept: () => accept(delivery),
        release: () => delivery.release(),
        reject: () => delivery.reject(),
      }),
    );
  return new Proxy(transport, {
    get: (target, name) => {
      const value: unknown = name === "consume" ? consume : Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
