"""Reporting a session from Python, by calling the ptrack command.

Standard library only; copy it. Used as a context manager it starts the
session, completes it at the end of the block, and fails it when the block
raises, Ctrl-C and SIGTERM included.
"""
import os
import signal
import subprocess
import sys


class Session:
    def __init__(self, workspace, session_id, description, **metadata):
        self.environment = {
            **os.environ,
            "PTRACK_WORKSPACE": workspace,
            "PTRACK_SESSION": session_id,
        }
        meta = [f"--meta={key}={value}" for key, value in metadata.items()]
        self.beginning = ["start", *meta, "--", description]
        self.ending = []

    def __enter__(self):
        # A session that cannot begin must not run: raises CalledProcessError.
        self._ptrack(*self.beginning)
        # Later reports that cannot be kept are warnings.
        self.environment["PTRACK_BEST_EFFORT"] = "1"
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        return self

    def __exit__(self, kind, error, _traceback):
        try:
            if kind is None:
                self._ptrack("complete", *self.ending)
        except subprocess.CalledProcessError as refusal:
            kind, error = type(refusal), refusal
            raise
        finally:
            if kind is not None:
                self._ptrack("fail", "--", f"{kind.__name__}: {error}")

    def heartbeat(self, progress, message=""):
        """Progress: a percentage such as 60, or "3/5"."""
        self._ptrack("heartbeat", "--pct", str(progress), "-m", message)

    def error(self, text):
        """An error that does not end the session."""
        self._ptrack("error", "--", text)

    def complete_with(self, message="", outputs=()):
        """What is recorded when the block ends; outputs have to be there."""
        files = [f"--output={name}" for name in outputs]
        self.ending = ["-m", message, *files, *(["--verify"] if files else [])]

    def _ptrack(self, *words):
        subprocess.run(["ptrack", *words], env=self.environment, check=True)
