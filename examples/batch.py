"""Pattern 3, a session that works through many things: a heartbeat at every
hundredth of them, so that reporting costs next to nothing.

    python3 examples/batch.py FOLDER-OF-MAILS batch-emails-01

Coordinator: ptrack monitor -w batch-jan --json
"""
import sys
from pathlib import Path

from session import Session

folder = sys.argv[1] if len(sys.argv) > 1 else "mails"
session_id = sys.argv[2] if len(sys.argv) > 2 else "batch-emails-01"


def subject_of(email):
    for line in email.read_text().splitlines():
        if line.startswith("Subject: "):
            return line
    raise ValueError(f"{email} has no subject")


with Session(
    "batch-jan", session_id, f"Process January's emails of {folder}"
) as session, open(f"{session_id}.txt", "w") as subjects:
    emails = sorted(Path(folder).glob("*.eml"))
    for done, email in enumerate(emails, 1):
        print(subject_of(email), file=subjects)
        if done % 100 == 0:
            progress = f"{done}/{len(emails)}"
            session.heartbeat(progress, f"Processed {progress}")
    session.complete_with(f"Processed {len(emails)} emails")
