import { retry } from "@porthos-rpc/extension-retry";
import { type Case, wrongly } from "./case.js";

export const extensionCases: Case[] = [
  [
    "an unknown option of retry",
    () => retry(wrongly({ retries: 3 })),
    /retry: unknown option "retries"; the options are maxAttempts, backoffMs/,
  ],
  [
    "no attempt",
    () => retry({ maxAttempts: 0 }),
    /retry: option "maxAttempts" must be a whole number from 1 to 20, got 0/,
  ],
  ["a backoff of 0", () => retry({ backoffMs: 0 }), /retry: option "backoffMs" .*more than 0.*got 0/],
  [
    "a longest backoff in words",
    () => retry({ maxBackoffMs: wrongly("2s") }),
    /retry: option "maxBackoffMs" must be a time in milliseconds.*got a text/,
  ],
  [
    "an endless attempt",
    () => retry({ attemptTimeoutMs: Number.POSITIVE_INFINITY }),
    /retry: option "attemptTimeoutMs" .*got Infinity/,
  ],
  [
    "a budget in percent",
    () => retry({ budgetRatio: 10 }),
    /retry: option "budgetRatio" must be a number from 0 to 1, got 10/,
  ],
  [
    "half a retry in reserve",
    () => retry({ budgetReserve: 0.5 }),
    /retry: option "budgetReserve" must be a whole number from 0 to 10000, got 0\.5/,
  ],
  [
    "chance that is a number",
    () => retry({ random: wrongly(4) }),
    /retry: option "random" must be a function, got 4/,
  ],
];
