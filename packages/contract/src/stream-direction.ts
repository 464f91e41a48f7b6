import type { AnyMethod } from "./contract.js";

/** Which way the items of a stream go, seen from the client, as the derived descriptions say it. */
export function directionOf({ upload, output }: AnyMethod): "upload" | "download" | "both" {
  if (upload === undefined) return "download";
  return output === undefined ? "upload" : "both";
}
