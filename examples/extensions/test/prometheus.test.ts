import { expect, test } from "vitest";
import { linesOf } from "./lines-of.js";

test("a service and its caller have their metrics in one registry, which is scraped", async () => {
  const lines = await linesOf("prometheus");
  expect(lines).toEqual([
    'porthos_server_request_duration_seconds_count{service="Stock",method="count",status="2xx"} 2',
    'porthos_server_queue_age_seconds_count{service="Stock"} 2',
    'porthos_server_refused_total{service="Stock",method="_OTHER",reason="unknown method"} 1',
    'porthos_client_call_duration_seconds_count{service="Stock",method="count",code="OK",status="2xx",executed="yes"} 2',
    'porthos_client_call_duration_seconds_count{service="Stock",method="missing",code="Remote",status="4xx",executed="no"} 1',
  ]);
});
