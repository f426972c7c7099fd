#!/usr/bin/env bash
# Pattern 2, a session that works on a branch: the branch is metadata, a
# problem that does not end the work is recorded as an error.
#
#   bash examples/feature.sh feat-dark-mode feat/dark-mode
#
# Coordinator: ptrack monitor -w features --wait --expect 1 --timeout 120
set -euo pipefail

id=${1:-feat-dark-mode}
branch=${2:-feat/dark-mode}
context=src/contexts/ThemeContext.tsx
export PTRACK_WORKSPACE=features PTRACK_SESSION=$id

ptrack start "Implement dark mode toggle" --meta "branch=$branch"
export PTRACK_BEST_EFFORT=1
trap 'ptrack fail "Stopped early (exit code $?)"' EXIT

mkdir -p src/contexts
echo 'export const ThemeContext = createContext("light");' >"$context"
ptrack heartbeat --pct 30 -m "Added theme context provider"

components=0
for component in Header Footer Sidebar; do
  printf 'useContext(ThemeContext); // %s\n' "$component" >"src/$component.tsx"
  components=$((components + 1))
done
ptrack heartbeat --pct 60 -m "Updated $components components"

ptrack heartbeat --pct 90 -m "Running tests"
grep -q ThemeProvider "$context" ||
  ptrack error "ThemeContext.tsx has no ThemeProvider yet"

ptrack complete --output "$context" --verify
trap - EXIT
