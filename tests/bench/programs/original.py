"""original.py SESSION: one heartbeat as the original Python system wrote it.

A stand-in of ours: it makes the same writes by the same means (a line appended
to log.jsonl, status.json rewritten in place), and none of its code.
"""

import json
import sys
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Any, Optional


class State(str, Enum):
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


@dataclass
class Status:
    session_id: str
    workspace: str
    state: State = State.PENDING
    task_description: str = ""
    progress_pct: int = 0
    message: str = ""
    errors: list[str] = field(default_factory=list)
    started_at: Optional[str] = None
    last_heartbeat: Optional[str] = None
    completed_at: Optional[str] = None
    output_files: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)


class SessionTracker:
    def __init__(self, place: Path) -> None:
        self.place = place
        found = json.loads((place / "status.json").read_text(encoding="utf-8"))
        found["state"] = State(found["state"])
        self.status = Status(**found)

    def heartbeat(self, progress_pct: int, message: str) -> None:
        self.status.progress_pct = progress_pct
        self.status.message = message
        self.status.last_heartbeat = datetime.now(timezone.utc).isoformat()
        self.write_status()
        self.append_log("heartbeat", {"message": message})

    def write_status(self) -> None:
        text = json.dumps(asdict(self.status), indent=2)
        (self.place / "status.json").write_text(text, encoding="utf-8")

    def append_log(self, event: str, details: dict[str, Any]) -> None:
        entry = {
            "timestamp": self.status.last_heartbeat,
            "event": event,
            "session_id": self.status.session_id,
            "state": self.status.state,
            "progress_pct": self.status.progress_pct,
            "details": details,
        }
        with open(self.place / "log.jsonl", "a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")


SessionTracker(Path(sys.argv[1])).heartbeat(42, "Comparing the options")
