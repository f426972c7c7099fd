#!/usr/bin/env bash
# Four jobs in parallel, each reporting itself through ptrack, one of which
# fails, is noticed, and is begun again. `make demo` runs it; by hand:
#
#   bash examples/parallel.sh [FOLDER]     (ptrack has to be on PATH)
#
# The jobs work on copies of real files, by default the toolchain's, in a
# temporary directory that is removed at the end. What the first wait found is
# kept as a page and as a test report, in build/demo or DEMO_REPORTS. Takes some
# seconds. Exits 0 only if everything went as announced.
set -euo pipefail

say() { printf '\n== %s\n' "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; exit 1; }
show() { printf '\n$ %s\n' "$*"; code=0; "$@" || code=$?; echo "(exit code $code)"; }

command -v ptrack >/dev/null || die "ptrack is not on PATH; run: make demo"
repository=$(cd "$(dirname "$0")/.." && pwd)
source_folder=${1:-$repository/.tools/node_modules}
[ -d "$source_folder" ] || source_folder=$repository/lib

reports=${DEMO_REPORTS:-$repository/build/demo}
mkdir -p "$reports" || die "cannot make $reports; name another by DEMO_REPORTS"
reports=$(cd "$reports" && pwd)
page=$reports/demo.html test_report=$reports/demo.junit.xml
rm -f "$page" "$test_report"

work=$(mktemp -d "${TMPDIR:-/tmp}/ptrack-demo.XXXXXX")
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
unset "${!PTRACK_@}"
export PTRACK_DIR=$work/.parallel PTRACK_WORKSPACE=demo
cd "$work"

# --- Material: up to 48 MB in 40 pieces in ten parts, and one broken link ----
parts=(0 1 2 3 4 5 6 7 8 9)
take_material() {
  local piece number=0
  mkdir -p material/{0..9}
  # find is cut off when there is enough.
  { find "$source_folder" -type f -exec cat {} + 2>find.err || true; } |
    head -c 48000000 >all
  split -n 40 -d all piece-
  for piece in piece-*; do mv "$piece" "material/$((number++ % 10))/"; done
  rm all
  ln -s nowhere material/4/broken-link
}

# --- The jobs: each tells how far it is after each of its ten parts ----------
# Two report by themselves: one command for each thing that there is to say.
pack() {
  local part
  for part in "${parts[@]}"; do
    tar -cf - "material/$part" | gzip -1 >"part-$part.tar.gz" || return
    ptrack heartbeat --pct "$((part + 1))/10" -m "Packed part $part"
  done
}

hash_files() {
  local part file
  for part in "${parts[@]}"; do
    for file in "material/$part"/*; do
      # One file that cannot be read is worth recording, and no reason to stop.
      sha256sum "$file" >>sums.txt 2>problem.txt ||
        ptrack error "$(tail -n 1 problem.txt)"
    done
    ptrack heartbeat --pct "$((part + 1))/10" -m "Hashed $(wc -l <sums.txt) files"
  done
}

# One writes lines into a stream: each costs a printf, and no process.
count() {
  local part
  for part in "${parts[@]}"; do
    find "material/$part" -type f -exec cat {} + |
      LC_ALL=C wc -lc >>counts.txt || return
    printf '%s\n' "$((part + 1))/10 Counted part $part"
  done
  echo "complete counts.txt"
}

# One knows nothing of ptrack, and is run by it. The sorted words go to a folder
# that nobody has made: the first attempt fails.
sort_words() {
  local part
  for part in {0..9}; do
    find "material/$part" -type f -exec head -c 300000 {} + 2>/dev/null |
      LC_ALL=C tr -cs 'A-Za-z' '\n' |
      LC_ALL=C sort -o "sorted/part-$part.txt" || return
    echo "sorted part $((part + 1))/10"
  done
}
export -f sort_words
run_sort() {
  ptrack run -s sort -d "$1" --progress '(\d+)/(\d+)' \
    --output sorted/part-9.txt --verify -- bash -c sort_words >/dev/null 2>&1
}

# A session that reports by itself, from its start to its end.
begin() { # SESSION DESCRIPTION FUNCTION OUTPUT...
  local session=$1 work_function=$3 output outputs=()
  ptrack start -s "$session" "$2"
  shift 3
  export PTRACK_SESSION=$session
  if "$work_function" 2>"$session.err"; then
    for output in "$@"; do outputs+=(--output "$output"); done
    # Refused unless the outputs are there, new and not empty.
    ptrack complete --verify "${outputs[@]}" -m "Made $*" ||
      ptrack fail "Its outputs are not good"
  else
    ptrack fail "$(head -n 1 "$session.err")"
  fi
}

# --- The story --------------------------------------------------------------
say "Material: the first megabytes of the files below $source_folder"
take_material
echo "$(du -sm material | cut -f1) MB in 40 pieces, in $work"

say "Four jobs start, each a process of its own, each a session of workspace demo"
begin pack "Pack the files" pack part-0.tar.gz &
begin hash "Hash the files" hash_files sums.txt &
count | ptrack stream -s count "Count lines and bytes" &
run_sort "Sort all words" &
echo "pack, hash, count, sort; their state is in $PTRACK_DIR"

say "The coordinator waits until all four have ended"
show ptrack monitor -w demo --wait --expect 4 --timeout 2 \
  --report html="$page" --report junit="$test_report"
[ "$code" = 1 ] || die "the first wait should have ended with 1, not $code"

for report in "$page" "$test_report"; do
  grep -q sorted/part-0.txt "$report" || die "$report should tell the failure"
done

say "Exit code 1: a job failed. Its log says why"
show ptrack monitor -w demo -s sort --log
[ "$code" = 0 ] || die "the log of sort should be there"
errors=$(ptrack monitor -w demo -s hash --json | grep -c 'broken-link') ||
  die "the error that hash recorded should be there"
echo "(hash went on after its error about broken-link, recorded in $errors place)"
wait

say "The folder is made, and sort is begun again, as a second attempt"
mkdir sorted
again=$(date -u +%FT%TZ)
run_sort "Sort all words, with a folder" &

say "The second wait, for attempts that begin from now on"
show ptrack monitor -w demo --wait --since "$again" --expect sort --timeout 2
wait
[ "$code" = 0 ] || die "the second wait should have ended with 0, not $code"
ls .parallel/demo/{pack,hash,count,sort}/COMPLETED >/dev/null ||
  die "each of the four should have left a marker"
say "Exit code 0: all four are done. $work is removed"
echo "What the first wait found, to look at in a browser: $page"
echo "The same as a test report for CI:                   $test_report"
exit "$code"
