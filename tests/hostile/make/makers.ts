import type { Catalogue } from "../catalogue.js";
import { framesOfAmqp10, messagesOfAmqp10 } from "./amqp10.js";
import { framesOfAmqp091, messagesOfAmqp091 } from "./amqp091.js";
import { headers } from "./headers.js";
import { replies } from "./replies.js";
import { requests } from "./requests.js";

/** What each file of the catalogue is made by. */
export const MAKERS: { readonly [K in keyof Catalogue]: () => readonly Catalogue[K][] } = {
  requests,
  replies,
  headers,
  "frames-amqp091": framesOfAmqp091,
  "messages-amqp091": messagesOfAmqp091,
  "frames-amqp10": framesOfAmqp10,
  "messages-amqp10": messagesOfAmqp10,
};
