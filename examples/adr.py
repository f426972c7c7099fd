"""Pattern 1, a session that writes a document: one decision record of several
that are written at the same time, each by a session of its own.

    python3 examples/adr.py adr-01 "Authentication strategy"

Coordinator: ptrack monitor -w adrs --watch
"""
import sys
from pathlib import Path

from session import Session

session_id = sys.argv[1] if len(sys.argv) > 1 else "adr-01"
title = sys.argv[2] if len(sys.argv) > 2 else "Authentication strategy"
record = Path("docs/architecture") / f"{session_id}.md"

with Session("adrs", session_id, title) as session:
    session.heartbeat(20, "Researching")
    options = ["Sessions in a cookie", "Signed tokens"]

    session.heartbeat(50, "Drafting options analysis")
    record.parent.mkdir(parents=True, exist_ok=True)
    listed = "".join(f"- {option}\n" for option in options)
    draft = f"# {title}\n\n## Options\n\n{listed}"

    session.heartbeat(80, "Writing decision rationale")
    record.write_text(f"{draft}\n## Decision\n\n{options[0]}.\n")
    session.complete_with(f"{session_id} complete", [str(record)])
