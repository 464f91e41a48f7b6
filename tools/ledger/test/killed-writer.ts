import { Ledger } from "../src/ledger.js";

/** Writes so many records, and is killed in the same turn. */
const [folder = "", count = "0"] = process.argv.slice(2);
const ledger = new Ledger(folder, "client", 0, 0);
for (let id = 1; id < Number(count); id++) ledger.write({ event: "sent", id: String(id) });
process.kill(process.pid, "SIGKILL");
