import type { Way } from "@porthos-rpc/brokers";
import type { Handler } from "@porthos-rpc/server";
import { expect } from "vitest";
import { ALL_CARRIERS } from "./carriers.js";
import { fault } from "./fault.js";
import { figure, Losses, openLine, quickHeartbeats, tookMs, up } from "./network.js";
import type { WatchedStage } from "./watch/watched-stage.js";

/** Two heartbeats of a second, and a second. */
const NOTICED_WITHIN_MS = 3_000;

const AMQP10 = ALL_CARRIERS.filter((carrier) => carrier.startsWith("amqp10"));

/** A handler that answers when it is told to, and how often it has been run. */
class Held {
  runs = 0;
  readonly started: Promise<void>;
  #start = (): void => {};
  answer = (): void => {};
  readonly #mayAnswer: Promise<void>;

  constructor() {
    this.started = new Promise((resolve) => {
      this.#start = resolve;
    });
    this.#mayAnswer = new Promise((resolve) => {
      this.answer = resolve;
    });
  }

  readonly handler: Handler = async () => {
    this.runs++;
    this.#start();
    await this.#mayAnswer;
    return "answer";
  };
}

async function heldBehind(stage: WatchedStage, line: { readonly url: string }) {
  const options = quickHeartbeats(stage.row);
  const ofServer = await stage.transport(line, options);
  const ofClient = await stage.transport(line, options);
  const held = new Held();
  await stage.server({ held: held.handler, echo: (request) => request.args()[0] }, { transport: ofServer });
  const waiting = await stage.client({ timeoutMs: 20_000 });
  const cutOff = await stage.client({ transport: ofClient, timeoutMs: 5_000 });
  await cutOff.call("echo").withArgs("x").sync();
  const answered = waiting.call("held").sync();
  await held.started;
  return { ofServer, ofClient, held, cutOff, answered };
}

for (const way of ["toBroker", "toClient"] as const satisfies Way[]) {
  fault(
    5,
    `${way}: it is noticed in time; the answer that nobody confirmed is sent again, and the call has it`,
    async (stage, context) => {
      const line = await openLine(stage, context);
      const { ofServer, ofClient, held, cutOff, answered } = await heldBehind(stage, line);
      using server = new Losses(ofServer);
      using caller = new Losses(ofClient);
      const frozenAtMs = performance.now();
      line.freeze(way);
      const lost = cutOff.call("echo").withArgs("y").sync();
      held.answer();
      const noticed = [server, caller].map(({ sent }) => tookMs(frozenAtMs, sent, "the loss to be noticed"));
      await expect(lost).rejects.toMatchObject({ code: "Unavailable", executed: "maybe" });
      const took = await Promise.all(noticed);
      figure(`dead ${way} noticed`, stage.row, `${took.join(", ")} ms`);
      expect(Math.max(...took)).toBeLessThanOrEqual(NOTICED_WITHIN_MS);
      line.thaw();
      await up(ofServer);
      expect((await answered).json()).toBe("answer");
      expect(held.runs).toBeLessThanOrEqual(2);
    },
    way === "toClient" ? {} : { on: ALL_CARRIERS.filter((carrier) => !AMQP10.includes(carrier)) },
  );
}

fault(
  5,
  "toBroker: that the broker hears nothing only the broker can tell, by an idle time of its own; calls end by their deadline, and go on when it hears again",
  async (stage, context) => {
    const line = await openLine(stage, context);
    const { held, cutOff, answered } = await heldBehind(stage, line);
    line.freeze("toBroker");
    held.answer();
    await expect(cutOff.call("echo").withArgs("y").withTimeout(2_000).sync()).rejects.toMatchObject({
      code: "Timeout",
      executed: "maybe",
    });
    line.thaw();
    expect((await answered).json()).toBe("answer");
    expect((await cutOff.call("echo").withArgs("z").sync()).json()).toBe("z");
    expect(held.runs).toBe(1);
  },
  { on: AMQP10 },
);
