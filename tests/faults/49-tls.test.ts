import type { TlsOptions } from "node:tls";
import { Authority, Line, type LineOptions } from "@porthos-rpc/brokers";
import { connect } from "@porthos-rpc/connect";
import { createServer } from "@porthos-rpc/server";
import { afterAll, expect } from "vitest";
import { Recording } from "../security/recording.js";
import { fault } from "./fault.js";
import type { WatchedStage } from "./watch/watched-stage.js";

const NAMES = ["DNS:localhost", "IP:127.0.0.1"];

const ours = new Authority();
const strangers = new Authority();
afterAll(() => {
  ours[Symbol.dispose]();
  strangers[Symbol.dispose]();
});

const good = ours.issue(...NAMES);
const wantsCertificate: TlsOptions = { ...good, ca: ours.cert, requestCert: true, rejectUnauthorized: true };

interface Wrong {
  readonly what: string;
  readonly line: TlsOptions;
  /** Options of the transport under `tls`. */
  readonly tls?: object;
  readonly host?: string;
  readonly says: RegExp;
}

const OF_BROKER: readonly Wrong[] = [
  { what: "signed by a stranger", line: strangers.issue(...NAMES), says: /tls: ca must be the authority/ },
  { what: "signed by nobody known", line: good, tls: {}, says: /tls: ca must be the authority/ },
  { what: "for another name", line: ours.issue("DNS:elsewhere"), says: /must be a name in the certificate/ },
  {
    what: "for a name, not the address",
    line: ours.issue("DNS:localhost"),
    host: "127.0.0.1",
    says: /must be a name/,
  },
  {
    what: "expired",
    line: ours.issueFor(-3, -1, ...NAMES),
    says: /has to be renewed, or this machine's clock/,
  },
  { what: "of tomorrow", line: ours.issueFor(1, 3, ...NAMES), says: /clock is wrong, or .* is for later/ },
  {
    what: "over TLS 1.1 only",
    line: { ...good, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
    says: /must speak TLS 1\.2 or newer/,
  },
];

fault(
  49,
  "a certificate of the broker's that cannot be believed is a Config error at once, and it hears nothing",
  async (stage) => {
    await Promise.all(OF_BROKER.map((wrong) => refused(stage, wrong, 0)));
  },
);

fault(
  49,
  "a client without the certificate that is asked for is refused, and no password is sent",
  async (stage) => {
    const says = /set tls.cert and tls.key/;
    await refused(stage, { what: "no certificate", line: wantsCertificate, says }, 0);
  },
);

/** @param heard how often the broker may hear something that could be decrypted */
async function refused(
  stage: WatchedStage,
  { what, line: tls, tls: given, host, says }: Wrong,
  heard: number,
): Promise<void> {
  await using line = await openLine(stage, { tls });
  const url = line.urlBy(host ?? "localhost");
  stage.secrets.addUrl(url);
  const options = { tls: given ?? { ca: ours.cert }, startTimeoutMs: 10_000 };
  const begunAtMs = Date.now();
  await expect(stage.transport({ url }, options), what).rejects.toMatchObject({
    code: "Config",
    executed: "no",
    retryable: false,
    message: expect.stringMatching(says),
  });
  expect(Date.now() - begunAtMs, what).toBeLessThan(9_000);
  const server = createServer({
    transport: await connect(url, { ...options, waitUntilReady: false }),
    service: stage.service,
  });
  await expect(server.listen(), what).rejects.toMatchObject({ code: "Config" });
  await server.close();
  expect(line.chunksToBroker, what).toBe(heard);
}

fault(
  49,
  "TLS with a port that speaks none is an error that says so, and nothing follows in the clear",
  async (stage) => {
    await using recording = await Recording.open(stage.row.url);
    const url = recording.url(new URL(stage.row.url).protocol.replace(":", "s:"));
    await expect(stage.transport({ url }, { startTimeoutMs: 2_000 })).rejects.toMatchObject({
      message: expect.stringContaining("does this port speak TLS?"),
    });
    expect(recording.written).not.toMatch(/AMQP|guest/);
  },
);

fault(
  49,
  "plain AMQP with a port that speaks TLS is an error with a hint, and no password is sent",
  async (stage) => {
    await using line = await openLine(stage, { tls: good });
    await using recording = await Recording.open(line.url);
    const url = recording.url(new URL(stage.row.url).protocol);
    await expect(stage.transport({ url }, { startTimeoutMs: 1_000 })).rejects.toThrow(
      /TLS port|does not speak AMQP/,
    );
    expect(recording.written).toMatch(/^AMQP/);
    expect(recording.written).not.toContain("guest");
  },
);

fault(49, "with the right certificates calls go through", async (stage) => {
  await using line = await openLine(stage, { tls: wantsCertificate });
  const options = { tls: { ca: ours.cert, ...ours.issue("DNS:client") } };
  await stage.server({ echo: (request, response) => response.json(200, request.json()) });
  const client = await stage.client({
    transport: await stage.transport({ url: line.urlBy("localhost") }, options),
  });
  expect((await client.call("echo").withMap({ a: 1 }).sync()).json()).toEqual({ a: 1 });
  await client.close();
});

async function openLine({ row }: WatchedStage, options: LineOptions): Promise<Line> {
  return Line.open(row.url, options);
}
