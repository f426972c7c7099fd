#!/usr/bin/env bash
# Pattern 1, a session that writes a document: one decision record of several
# that are written at the same time, each by a session of its own.
#
#   bash examples/adr.sh adr-01 "Authentication strategy"
#
# Coordinator: ptrack monitor -w adrs --watch
set -euo pipefail

id=${1:-adr-01}
title=${2:-Authentication strategy}
record=docs/architecture/$id.md
export PTRACK_WORKSPACE=adrs PTRACK_SESSION=$id

ptrack start "$title"
# From here on a report that cannot be kept must not stop the work, and an exit
# before the end must not go unreported.
export PTRACK_BEST_EFFORT=1
trap 'ptrack fail "Stopped early (exit code $?)"' EXIT

ptrack heartbeat --pct 20 -m "Researching"
options=$(printf -- '- %s\n' "Sessions in a cookie" "Signed tokens")

ptrack heartbeat --pct 50 -m "Drafting options analysis"
mkdir -p docs/architecture
printf '# %s\n\n## Options\n\n%s\n' "$title" "$options" >"$record"

ptrack heartbeat --pct 80 -m "Writing decision rationale"
printf '\n## Decision\n\nSessions in a cookie.\n' >>"$record"

ptrack complete --output "$record" --verify -m "$id complete"
trap - EXIT
