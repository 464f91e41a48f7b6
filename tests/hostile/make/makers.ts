import type { Catalogue } from "../catalogue.js";
import { headers } from "./headers.js";
import { replies } from "./replies.js";
import { requests } from "./requests.js";

/** What each file of the catalogue is made by. */
export const MAKERS: { readonly [K in keyof Catalogue]: () => readonly Catalogue[K][] } = {
  requests,
  replies,
  headers,
};
