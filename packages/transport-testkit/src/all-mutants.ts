import { bodyMutants } from "./mutants/body-mutants.js";
import { deliveryMutants } from "./mutants/delivery-mutants.js";
import { inboxMutants } from "./mutants/inbox-mutants.js";
import { lifeMutants } from "./mutants/life-mutants.js";
import { messageMutants } from "./mutants/message-mutants.js";
import type { Mutant } from "./mutants/mutant.js";
import { outcomeMutants } from "./mutants/outcome-mutants.js";
import { settleMutants } from "./mutants/settle-mutants.js";
import { topicMutants } from "./mutants/topic-mutants.js";

/** Every broken transport that the suite must notice. */
export const allMutants: readonly Mutant[] = [
  ...outcomeMutants,
  ...deliveryMutants,
  ...settleMutants,
  ...messageMutants,
  ...bodyMutants,
  ...inboxMutants,
  ...topicMutants,
  ...lifeMutants,
];
