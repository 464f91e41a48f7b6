import { blockedBroker } from "./suites/blocked.js";
import { bodies } from "./suites/bodies.js";
import { closing } from "./suites/closing.js";
import { competing } from "./suites/competing.js";
import { credit } from "./suites/credit.js";
import { degraded } from "./suites/degraded.js";
import { events } from "./suites/events.js";
import { expiry } from "./suites/expiry.js";
import { headers } from "./suites/headers.js";
import { hostileInput } from "./suites/hostile.js";
import { inboxEpochs } from "./suites/inbox-epochs.js";
import { inboxes } from "./suites/inboxes.js";
import { isolation } from "./suites/isolation.js";
import { leases } from "./suites/leases.js";
import { lifecycle } from "./suites/lifecycle.js";
import { many } from "./suites/many.js";
import { names } from "./suites/names.js";
import { ordering } from "./suites/ordering.js";
import { outcomes } from "./suites/outcomes.js";
import { properties } from "./suites/properties.js";
import { reconnect } from "./suites/reconnect.js";
import { redelivery } from "./suites/redelivery.js";
import { reentry } from "./suites/reentry.js";
import { restart } from "./suites/restart.js";
import { settling } from "./suites/settling.js";
import { topics } from "./suites/topics.js";
import type { Suite } from "./transport-case.js";

/** Every promise of the Transport interface, by theme; simple ones first, so that the first failure tells most. */
export const suites: readonly Suite[] = [
  lifecycle,
  leases,
  outcomes,
  ordering,
  competing,
  credit,
  settling,
  redelivery,
  expiry,
  inboxes,
  topics,
  bodies,
  headers,
  properties,
  names,
  hostileInput,
  events,
  isolation,
  reentry,
  closing,
  many,
  degraded,
  inboxEpochs,
  reconnect,
  restart,
  blockedBroker,
];
