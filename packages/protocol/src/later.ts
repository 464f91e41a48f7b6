/** Runs a callback in a later turn of the event loop, once; those of one turn in their order. */
export type Later = (callback: () => void) => void;

/** What a JavaScript host may offer for running something in a later turn; the first one there is taken. */
export interface TurnHost {
  readonly setImmediate?: (run: () => void) => unknown;
  readonly MessageChannel?: new () => TurnChannel;
  readonly setTimeout: (run: () => void, delayMs: number) => unknown;
}

interface TurnChannel {
  readonly port1: { onmessage: ((event: never) => void) | null };
  readonly port2: { postMessage(message: undefined): void };
}

/**
 * How to run something in a later turn of a host: timers and I/O get their time in between. Takes what the host has
 * when it is called, and opens nothing before the first use.
 */
export function laterOn(host: TurnHost): Later {
  const immediate = host.setImmediate;
  if (immediate !== undefined) return (callback) => void immediate(callback);
  // Browsers clamp nested timeouts to 4 ms; a message to oneself arrives at once.
  if (host.MessageChannel !== undefined) return byMessage(host.MessageChannel);
  const timeout = host.setTimeout;
  return (callback) => void timeout(callback, 0);
}

function byMessage(Channel: new () => TurnChannel): Later {
  const waiting: (() => void)[] = [];
  let channel: TurnChannel | undefined;
  return (callback) => {
    waiting.push(callback);
    if (channel === undefined) {
      channel = new Channel();
      channel.port1.onmessage = () => waiting.shift()?.();
    }
    channel.port2.postMessage(undefined);
  };
}
