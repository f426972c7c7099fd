#!/usr/bin/env bash
# Pattern 3, a session that works through many things: a heartbeat at every
# hundredth of them, so that reporting costs next to nothing.
#
#   bash examples/batch.sh FOLDER-OF-MAILS batch-emails-01
#
# Coordinator: ptrack monitor -w batch-jan --json
set -euo pipefail
shopt -s nullglob

folder=${1:?a folder with mails, named *.eml}
id=${2:-batch-emails-01}
export PTRACK_WORKSPACE=batch-jan PTRACK_SESSION=$id

ptrack start "Process January's emails of $folder"
export PTRACK_BEST_EFFORT=1
trap 'ptrack fail "Stopped early (exit code $?)"' EXIT

emails=("$folder"/*.eml)
done=0
for email in "${emails[@]}"; do
  # A mail without a subject ends the script, and so the session, here.
  grep -m 1 '^Subject: ' "$email" >>"$id.txt"
  done=$((done + 1))
  if ((done % 100 == 0)); then
    ptrack heartbeat --pct "$done/${#emails[@]}" \
      -m "Processed $done/${#emails[@]}"
  fi
done

ptrack complete -m "Processed ${#emails[@]} emails"
trap - EXIT
