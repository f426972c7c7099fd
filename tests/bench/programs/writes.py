# writes.py SESSION: the writes of a heartbeat in as little Python as it takes.
import json, os, sys
place = sys.argv[1]
with open(place + "/status.json") as file:
    status = json.load(file)
status["progress_pct"] = 42
status["message"] = "Comparing the options"
with open(place + "/log.jsonl", "a") as log:
    log.write(json.dumps({"event": "heartbeat", "details": {"pct": 42}}) + "\n")
with open(place + "/status.json.part", "w") as file:
    json.dump(status, file, indent=2)
os.rename(place + "/status.json.part", place + "/status.json")
