import type { Extension } from "@porthos-rpc/protocol";
import { type OpenMetricsContentType, Registry, register } from "prom-client";
import { describe, expectTypeOf, it } from "vitest";
import { type PrometheusExtension, type PrometheusRegistry, prometheus } from "./index.js";

describe("prometheus", () => {
  it("is an extension, with any option or none, that says where its metrics are", () => {
    expectTypeOf(prometheus()).toEqualTypeOf<PrometheusExtension>();
    expectTypeOf<PrometheusExtension>().toExtend<Extension>();
    expectTypeOf(
      prometheus({ prefix: "rpc_", buckets: [0.1, 1] }).registry,
    ).toEqualTypeOf<PrometheusRegistry>();
    // @ts-expect-error - there is no such option
    prometheus({ port: 9_464 });
    // @ts-expect-error - exactOptionalPropertyTypes
    prometheus({ registry: undefined });
  });

  it("takes a registry of either format", () => {
    prometheus({ registry: register });
    prometheus({ registry: new Registry<OpenMetricsContentType>() });
  });
});
