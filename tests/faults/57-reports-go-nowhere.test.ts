import { type Extension, type ExtensionHost, methodHeaders, NO_BODY } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { within } from "../waits.js";
import { fault } from "./fault.js";

const CALLS = 200;

/** Reports each call to a queue, as an extension that ships metrics does. */
function reporting(queue: string, ends: string[]): Extension {
  let host: ExtensionHost | undefined;
  const report = (): Promise<void> | undefined =>
    host
      ?.send(queue, {
        body: NO_BODY,
        contentType: undefined,
        correlationId: undefined,
        replyTo: undefined,
        ttlMs: undefined,
        headers: methodHeaders("report"),
        durable: false,
      })
      .then(({ kind }) => void ends.push(kind));
  const start = (one: ExtensionHost): void => {
    host = one;
  };
  return {
    name: "reporting",
    apiVersion: 1,
    client: { start, observe: { settled: () => void report() } },
    server: { start, observe: { outgoing: () => void report() } },
  };
}

fault(57, "calls are answered, and ends close, when the queue for reports is missing", async (stage) => {
  const ends: string[] = [];
  const extensions = [reporting(`${stage.service}-nowhere`, ends)];
  await stage.server(
    { echo: (request) => request.args()[0] },
    { extensions: [reporting(`${stage.service}-no`, ends)] },
  );
  const client = await stage.client({ extensions });
  const values = Array.from({ length: CALLS }, (_value, index) => index);
  const answers = values.map(async (value) => (await client.call("echo").withArgs(value).sync()).json());
  expect(await Promise.all(answers)).toEqual(values);
  await within(3_000, "the client to close", client.close());
});

fault(57, "no call waits for a report that takes its time", async (stage) => {
  const slow: Extension = {
    name: "slow",
    apiVersion: 1,
    client: { observe: { sent: () => new Promise(() => {}), settled: () => new Promise(() => {}) } },
    server: { observe: { incoming: () => new Promise(() => {}), outgoing: () => new Promise(() => {}) } },
  };
  await stage.server({ echo: (request) => request.args()[0] }, { extensions: [slow] });
  const client = await stage.client({ extensions: [slow], timeoutMs: 5_000 });
  const values = Array.from({ length: CALLS }, (_value, index) => index);
  const answers = values.map(async (value) => (await client.call("echo").withArgs(value).sync()).json());
  expect(await Promise.all(answers)).toEqual(values);
});
