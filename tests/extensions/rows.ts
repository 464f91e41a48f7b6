import { rows as all, type Row } from "../rows.js";

/** What extensions do is above the transports: inside the process, and over one real broker. */
export const rows: readonly (readonly [title: string, row: Row])[] = all.filter(
  ([title]) => title === "memory" || title === "amqp091 on rabbitmq-4.3",
);
