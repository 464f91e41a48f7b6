import type { Broker } from "@porthos-rpc/brokers";
import { describeBroker } from "@porthos-rpc/brokers/vitest";
import { amqp10 } from "@porthos-rpc/transport-amqp10";
import { type Amqp091Options, amqp091 } from "@porthos-rpc/transport-amqp091";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Secrets } from "../faults/watch/secrets.js";
import { OPTIONS, type Scene, SECRET, STARTING, TOKEN, USER, WORKING } from "./failure-paths.js";

type Protocol = "amqp091" | "amqp10";

describeBroker("rabbitmq-4.3", (broker) => {
  beforeAll(async () => {
    await broker.ctl("add_user", USER, SECRET);
    await broker.ctl("set_permissions", USER, "^$", "^$", "^$");
  });
  afterAll(async () => void (await broker.ctl("delete_user", USER)));

  describe.each(["amqp091", "amqp10"] as const)(
    "%s says no password, token or URL of its own",
    (protocol) => {
      test.concurrent.each([...OPTIONS, ...STARTING, ...WORKING])(
        "with %s",
        async (_, go) => {
          const secrets = secretsOf(broker, protocol);
          const said: unknown[] = [];
          using _console = listening(said);
          try {
            await go(sceneOf(broker, protocol, said));
          } catch (error) {
            said.push(error);
          }
          expect(said.length).toBeGreaterThan(0);
          for (const one of said) {
            expect(secrets.shownBy(one)).toBeUndefined();
            expect(secrets.shownBy(JSON.stringify(one) ?? "")).toBeUndefined();
          }
        },
        30_000,
      );
    },
  );

  test("there are more than forty of these ways to fail", () => {
    expect(2 * [...OPTIONS, ...STARTING, ...WORKING].length).toBeGreaterThan(40);
  });
});

function sceneOf(broker: Broker, protocol: Protocol, said: unknown[]): Scene {
  const make = protocol === "amqp091" ? amqp091 : amqp10;
  return {
    said,
    make: (options) => make(options as Amqp091Options),
    url: ({ password = SECRET, vhost = "", host, secure = false } = {}) => {
      const { protocol: scheme, host: own } = new URL(broker.url(protocol));
      return `${secure ? scheme.replace(":", "s:") : scheme}//${USER}:${password}@${host ?? own}/${vhost}`;
    },
  };
}

function secretsOf(broker: Broker, protocol: Protocol): Secrets {
  const secrets = new Secrets();
  const url = new URL(broker.url(protocol));
  url.username = USER;
  url.password = SECRET;
  secrets.addUrl(url.href);
  for (const one of [SECRET, TOKEN, "s3cret-t0ken"]) secrets.add(one);
  return secrets;
}

/** Hears what the process prints, and its warnings. */
function listening(said: unknown[]): Disposable {
  const onWarning = (warning: Error): void => void said.push(warning);
  process.on("warning", onWarning);
  const restore = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write;
    stream.write = ((...chunk: Parameters<typeof write>) => {
      said.push(String(chunk[0]));
      return write.apply(stream, chunk);
    }) as typeof write;
    return () => {
      stream.write = write;
    };
  });
  return {
    [Symbol.dispose]: () => {
      process.off("warning", onWarning);
      for (const each of restore) each();
    },
  };
}
