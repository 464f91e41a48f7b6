import { DelayLine } from "./delay-line.js";
import type { BrokerSettings } from "./options.js";
import { Turns } from "./turns.js";

/** What the parts of one broker share. */
export interface Engine {
  readonly settings: BrokerSettings;
  readonly turns: Turns;
  /** The way between a transport and the broker, in each direction; undefined = it takes no time. */
  readonly line: DelayLine | undefined;
}

export function createEngine(settings: BrokerSettings): Engine {
  const { clock, latencyMs } = settings;
  return {
    settings,
    turns: new Turns(),
    line: latencyMs === 0 ? undefined : new DelayLine(clock, latencyMs),
  };
}
