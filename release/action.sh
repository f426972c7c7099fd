#!/usr/bin/env bash
# What action.yml does, told by the environment, so that it can be tried anywhere.
set -eu

# Puts ptrack beside the job's own files, and on the PATH of the steps that follow.
install_it() {
  PTRACK_BASE_URL=${BASE_URL:-$RELEASES}
  PREFIX=${RUNNER_TEMP:?}/ptrack
  # On Windows install.sh speaks of /d/a, and the steps that follow of D:\a.
  if command -v cygpath >/dev/null; then PREFIX=$(cygpath -u "$PREFIX"); fi
  export PTRACK_BASE_URL PREFIX
  sh "$ACTION_PATH/install.sh"

  local bin=$PREFIX/bin version
  version=$("$bin/ptrack" --version)
  echo "version=${version%% (*}" >>"$GITHUB_OUTPUT"
  if command -v cygpath >/dev/null; then bin=$(cygpath -w "$bin"); fi
  echo "$bin" >>"$GITHUB_PATH"
}

# Ends as the wait ends, with annotations, a step summary and the report.
wait_for_all() {
  local options=(--timeout "$TIMEOUT" --report github=-)
  if [ -n "$WORKSPACE" ]; then options+=(--workspace "$WORKSPACE"); fi
  if [ -n "$BATCH" ]; then options+=(--batch "$BATCH"); fi
  if [ -n "$EXPECT" ]; then options+=(--expect "$EXPECT"); fi
  if [ -n "$JUNIT" ]; then options+=(--report "junit=$JUNIT"); fi
  local code=0
  ptrack monitor wait "${options[@]}" || code=$?
  echo "exit-code=$code" >>"$GITHUB_OUTPUT"
  return "$code"
}

case $MODE in
  install) install_it ;;
  wait) wait_for_all ;;
  *)
    # In one line: the runner would obey a second one, too.
    echo "::error::Cannot do \"${MODE//[[:cntrl:]]/ }\": the modes are install and wait"
    exit 2
    ;;
esac
