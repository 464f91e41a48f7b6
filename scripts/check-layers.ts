import { checkWorkspace } from "./layers/check-workspace.js";

const { packages, files, violations } = checkWorkspace(process.cwd());
for (const { file, line, text } of violations) console.error(`${file}:${line}  ${text}`);
console.log(`layers: ${packages} packages, ${files} files, ${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;
