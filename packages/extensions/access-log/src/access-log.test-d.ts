import type { Extension } from "@porthos-rpc/protocol";
import { pino } from "pino";
import { describe, expectTypeOf, it } from "vitest";
import { type AccessLogger, accessLog } from "./index.js";

describe("accessLog", () => {
  it("is an extension, with any option or none", () => {
    expectTypeOf(accessLog()).toEqualTypeOf<Extension>();
    expectTypeOf(accessLog({ args: false })).toEqualTypeOf<Extension>();
    expectTypeOf(
      accessLog({ slowMs: 5, headers: true, bodyBytes: 9, redact: ["args.a"] }),
    ).toEqualTypeOf<Extension>();
    // @ts-expect-error - there is no such option
    accessLog({ level: "debug" });
    // @ts-expect-error - exactOptionalPropertyTypes
    accessLog({ logger: undefined });
  });

  it("takes a pino logger, or anything like one", () => {
    expectTypeOf(pino()).toExtend<AccessLogger>();
    accessLog({ logger: pino().child({ component: "calculator" }) });
    accessLog({ logger: console });
    accessLog({ logger: (fields, message, level) => console.log(level, message, fields) });
    // @ts-expect-error - it has no info
    accessLog({ logger: { log: () => {} } });
  });
});
