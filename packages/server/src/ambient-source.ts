import {
  type AmbientDeadline,
  iteratorOf,
  keepAmbient,
  runWithDeadline,
  type StreamSource,
} from "@porthos-rpc/protocol";

/**
 * The items of a handler, each made within the deadline of its request, and within what else follows the handler's code: a generator goes on
 * wherever it is asked for the next one, and that is where the broker has told something.
 * @throws {TypeError} for what is no iterable.
 */
export function withinDeadline(
  source: StreamSource<unknown>,
  deadline: AmbientDeadline,
): StreamSource<unknown> {
  const iterator = iteratorOf(source);
  const runAsHandler = keepAmbient();
  const within = (step: () => unknown): (() => unknown) => {
    const run = (self: unknown): unknown => step.call(self);
    const runInTime = (self: unknown): unknown => runWithDeadline(deadline, run, self);
    return () => runAsHandler(runInTime, iterator);
  };
  const { next, return: end } = iterator;
  // One that cannot be ended must not seem to be one that can.
  const bound =
    end === undefined || end === null ? { next: within(next) } : { next: within(next), return: within(end) };
  return bound as unknown as StreamSource<unknown>;
}
