/**
 * Finds the servers that there are, and asks them.
 * @packageDocumentation
 */
export type {
  Answer,
  AnswerKind,
  InfoAnswer,
  InstanceAnswer,
  MethodStatistics,
  PingAnswer,
  SpecAnswer,
  StatsAnswer,
} from "./answers.js";
export { type DiscoverOptions, type Discovery, discover } from "./discover.js";
export { type DiscoveryOptions, discovery } from "./discovery.js";
