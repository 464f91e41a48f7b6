import { expect, it } from "vitest";
import { z } from "zod";
import { type NotificationOptions, notification } from "./notification.js";
import type { Schema } from "./schema.js";

it("a notification has an input, and nothing that answers", () => {
  const input = z.string();
  expect({ ...notification({ input, description: "Logs" }) }).toEqual({
    kind: "notification",
    name: "",
    service: "",
    description: "Logs",
    idempotent: false,
    input,
    upload: undefined,
    output: undefined,
    result: undefined,
    errors: {},
  });
});

it.each(["output", "errors", "idempotent"])(
  "a notification refuses the option %s, since nobody answers",
  (name) => {
    expect(() => notification({ [name]: z.string() } as NotificationOptions<Schema>)).toThrow(
      `notification: unknown option "${name}"; the options are description, input`,
    );
  },
);
