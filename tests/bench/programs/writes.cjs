// writes.cjs SESSION: the writes of a heartbeat in as little code as Node needs.
const fs = require("node:fs");
const place = process.argv[2];
const status = JSON.parse(fs.readFileSync(place + "/status.json", "utf8"));
status.progress_pct = 42;
status.message = "Comparing the options";
const line = { event: "heartbeat", details: { pct: 42 } };
fs.appendFileSync(place + "/log.jsonl", JSON.stringify(line) + "\n");
fs.writeFileSync(place + "/status.json.part", JSON.stringify(status, null, 2));
fs.renameSync(place + "/status.json.part", place + "/status.json");
