import { holdTargets } from "@porthos-rpc/fuzz";
import { targets } from "../test/fuzz-targets.js";

holdTargets(targets, 6_000);
