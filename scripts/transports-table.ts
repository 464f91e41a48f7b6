import { readFileSync, writeFileSync } from "node:fs";
import { readResults } from "./transports/conformance-result.js";
import { PAGE, RESULTS } from "./transports/page.js";
import { renderPage } from "./transports/tables.js";

/*
 * Writes the generated part of docs/transports.md from docs/conformance, where runs of the suite leave their results:
 * PORTHOS_CONFORMANCE_DIR=docs/conformance pnpm vitest --project conformance packages/transport-memory/test/conformance
 */
writeFileSync(PAGE, renderPage(readFileSync(PAGE, "utf8"), readResults(RESULTS)));
