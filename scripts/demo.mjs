// `npm run demo`: the calculator, from a fresh clone with only Node and npm, and at once when all is installed.
// @ts-check
import { install, root, run } from "./pnpm.mjs";

install();
// Straight from the packages' source: nothing has to be built.
const options = ["--conditions=porthos-source", "--import", "tsx"];
run(process.execPath, [...options, "src/demo.ts", ...process.argv.slice(2)], `${root}examples/calculator`);
