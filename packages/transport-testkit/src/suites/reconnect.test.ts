import { RpcError, type Transport } from "@porthos-rpc/protocol";
import { describe, expect, test } from "vitest";
import { Loopback } from "../../test/loopback.js";
import { waitsOf } from "../fixture.js";
import { runCase } from "../run-case.js";
import { reconnect } from "./reconnect.js";

const waits = waitsOf({ waitMs: 50, quietMs: 5, reconnectMs: 50, brokerMs: 50 });

/** Longer down than what is begun on it is patient. */
class Impatient extends Loopback {
  override consume = this.#fail;
  override openInbox = this.#fail;
  override subscribe = this.#fail;

  cut(): void {
    this.state = "down";
    this.emit("down", { reason: new RpcError("Unavailable", "cut") });
    setTimeout(() => {
      this.state = "up";
    }, 10);
  }

  async #fail(): Promise<never> {
    throw new RpcError("Unavailable", "out of patience");
  }
}

describe("a case that begins something before the connection is lost, or while it is down", () => {
  test.each(["during-consume", "consume-while-down", "during-open-inbox", "during-subscribe"])(
    "%s: is broken by what that fails with, which does not count as escaped meanwhile",
    async (name) => {
      const made: Impatient[] = [];
      const create = (): Transport => {
        const transport = new Impatient();
        made.push(transport);
        return transport;
      };
      const broker = { cut: () => made.forEach((transport) => void transport.cut()) };
      const each = reconnect.cases.find(({ id }) => id === `reconnect/${name}`);
      if (each === undefined) throw new Error("no such case");
      const result = await runCase(each, { create, broker }, new Loopback().features, waits);
      expect(result).toMatchObject({ kind: "broken", error: { message: "out of patience" } });
      expect(result).not.toHaveProperty("fatal");
    },
  );
});
