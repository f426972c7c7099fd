"""Pattern 2, a session that works on a branch: the branch is metadata, a
problem that does not end the work is recorded as an error.

    python3 examples/feature.py feat-dark-mode feat/dark-mode

Coordinator: ptrack monitor -w features --wait --expect 1 --timeout 120
"""
import sys
from pathlib import Path

from session import Session

session_id = sys.argv[1] if len(sys.argv) > 1 else "feat-dark-mode"
branch = sys.argv[2] if len(sys.argv) > 2 else "feat/dark-mode"
context = Path("src/contexts/ThemeContext.tsx")

with Session(
    "features", session_id, "Implement dark mode toggle", branch=branch
) as session:
    context.parent.mkdir(parents=True, exist_ok=True)
    context.write_text('export const ThemeContext = createContext("light");\n')
    session.heartbeat(30, "Added theme context provider")

    components = ["Header", "Footer", "Sidebar"]
    for component in components:
        path = Path("src") / f"{component}.tsx"
        path.write_text(f"useContext(ThemeContext); // {component}\n")
    session.heartbeat(60, f"Updated {len(components)} components")

    session.heartbeat(90, "Running tests")
    if "ThemeProvider" not in context.read_text():
        session.error("ThemeContext.tsx has no ThemeProvider yet")
    session.complete_with(outputs=[str(context)])
