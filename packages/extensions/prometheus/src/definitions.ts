import { Counter, Gauge, Histogram } from "prom-client";
import type { Definition } from "./instruments.js";

export const SERVER_DURATION: Definition<typeof Histogram> = {
  kind: Histogram,
  name: "server_request_duration_seconds",
  help: "From when a request began to run until it was answered, of those that ran",
  labels: ["service", "method", "status"],
};

export const SERVER_IN_FLIGHT: Definition<typeof Gauge> = {
  kind: Gauge,
  name: "server_requests_in_flight",
  help: "Requests that run",
  labels: ["service"],
};

export const SERVER_QUEUE_AGE: Definition<typeof Histogram> = {
  kind: Histogram,
  name: "server_queue_age_seconds",
  help: "How long requests were on their way and in the queue, of callers that say how long they wait",
  labels: ["service"],
};

export const SERVER_REFUSED: Definition<typeof Counter> = {
  kind: Counter,
  name: "server_refused_total",
  help: "Requests that were answered without their handler, and why; overloaded: they were shed",
  labels: ["service", "method", "reason"],
};

export const SERVER_EVENTS: Definition<typeof Counter> = {
  kind: Counter,
  name: "server_events_total",
  help: "What happened to requests beside being answered; expired: they came too late to run",
  labels: ["service", "event"],
};

export const CLIENT_DURATION: Definition<typeof Histogram> = {
  kind: Histogram,
  name: "client_call_duration_seconds",
  help: "From when a call was made until it ended, however it did",
  labels: ["service", "method", "code", "status", "executed"],
};

export const CLIENT_PENDING: Definition<typeof Gauge> = {
  kind: Gauge,
  name: "client_calls_pending",
  help: "Calls that were made and have not ended",
  labels: ["service"],
};

export const CLIENT_STRAYS: Definition<typeof Counter> = {
  kind: Counter,
  name: "client_strays_total",
  help: "Replies that no call waited for",
  labels: ["service", "kind"],
};

export const DEFINITIONS: readonly Definition[] = [
  SERVER_DURATION,
  SERVER_IN_FLIGHT,
  SERVER_QUEUE_AGE,
  SERVER_REFUSED,
  SERVER_EVENTS,
  CLIENT_DURATION,
  CLIENT_PENDING,
  CLIENT_STRAYS,
];
