// `npm test`: installs what is missing, then verifies everything.
// @ts-check
import { install, pnpm } from "./pnpm.mjs";

install();
pnpm("exec", "tsx", "scripts/verify.ts");
