import { fileURLToPath } from "node:url";

/** The page whose tables are generated. */
export const PAGE: string = fileURLToPath(new URL("../../docs/transports.md", import.meta.url));
/** The results of the last run, which the tables are made of. */
export const RESULTS: string = fileURLToPath(new URL("../../docs/conformance", import.meta.url));
