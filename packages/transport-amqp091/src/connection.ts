import {
  type Endpoint,
  SupervisedConnection,
  type SupervisedConnectionOptions,
} from "@porthos-rpc/protocol/driver";
import { dial } from "./dial.js";
import type { LaneDriver } from "./lane.js";
import type { Link } from "./link.js";
import type { Settings } from "./options.js";

export type Connection = SupervisedConnection<Endpoint, Link>;

type Events = Omit<
  SupervisedConnectionOptions<Endpoint, Link>,
  "clock" | "endpoints" | "startTimeoutMs" | "dial"
>;

/** @param role `publish`, `consume`: for the broker's list of connections */
export function connectionFor(
  role: string,
  settings: Settings,
  driver: LaneDriver,
  events: Events,
): Connection {
  return new SupervisedConnection<Endpoint, Link>({
    clock: settings.clock,
    endpoints: settings.endpoints,
    startTimeoutMs: settings.startTimeoutMs,
    dial: (endpoint, attempt) => dial(endpoint, settings, driver, role, attempt),
    ...events,
  });
}
