#!/bin/sh
# Installs ptrack: finds what fits this machine, downloads it, verifies its
# checksum, tries it, and only then puts it in place by one rename. Whatever goes
# wrong before that leaves everything as it was. Needs no root, and changes nothing
# besides the files that it names.
set -eu

# Filled in by `make release BASE_URL=...`, for where the release is published.
DEFAULT_BASE_URL=

usage() {
  cat <<'END'
Installs ptrack, or removes it.

    sh install.sh [--uninstall | --help]

From the environment:
  PTRACK_BASE_URL  where the archives and SHA256SUMS are; with a version they are
                   in its folder vVERSION there. A URL that ends in /releases is
                   taken to be laid out as GitHub lays out releases.
  PTRACK_VERSION   the version to install, such as 0.1.0; the newest otherwise
  PREFIX           ptrack goes to PREFIX/bin; ~/.local if not given
END
}

say() { printf '%s\n' "$*"; }

# One line, also of a value that is several: a workflow's runner obeys lines.
fail() {
  printf 'error: %s\n' "$(printf %s "$*" | tr '\000-\037\177' ' ')" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# Sets target: what the releases call this machine.
find_target() {
  system=$(uname -s)
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) machine=x64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) fail "Cannot install ptrack: there is none for a processor called \"$machine\"" ;;
  esac
  case $system in
    Linux)
      target=linux-$machine
      if is_musl; then target=$target-musl; fi
      ;;
    Darwin)
      # A shell that Rosetta translates takes itself for x64.
      if [ "$(sysctl -n hw.optional.arm64 2>/dev/null)" = 1 ]; then machine=arm64; fi
      target=darwin-$machine
      ;;
    MINGW* | MSYS* | CYGWIN*)
      # Windows on arm64 runs it too.
      target=windows-x64
      ;;
    *) fail "Cannot install ptrack: there is none for a system called \"$system\"" ;;
  esac
}

# Whether the C library is musl. Where ldd does not say it, the loaders do: a system
# of glibc may have that of musl too.
is_musl() {
  if has ldd; then
    case $(ldd --version 2>&1 || :) in
      *musl*) return 0 ;;
      *) return 1 ;;
    esac
  fi
  for loader in /lib64/ld-linux-* /lib/ld-linux-* /usr/lib64/ld-linux-*; do
    if [ -e "$loader" ]; then return 1; fi
  done
  for loader in /lib/ld-musl-* /usr/lib/ld-musl-*; do
    if [ -e "$loader" ]; then return 0; fi
  done
  return 1
}

# Sets from: the URL below which the files are.
find_source() {
  base=${PTRACK_BASE_URL:-$DEFAULT_BASE_URL}
  base=${base%/}
  version=${PTRACK_VERSION:-}
  version=${version#v}
  if [ -z "$base" ]; then
    fail "Cannot install ptrack: this install.sh belongs to no published release;" \
      "say in PTRACK_BASE_URL where one is"
  fi
  case $version in
    *[!0-9A-Za-z.+-]*) fail "Cannot install version \"$version\": that is none" ;;
  esac
  case $base,$version in
    */releases,) from=$base/latest/download ;;
    */releases,*) from=$base/download/v$version ;;
    *,) from=$base ;;
    *) from=$base/v$version ;;
  esac
}

# Downloads $1 to the file $2, giving up on a server that says nothing.
download() {
  if has curl; then
    case $1 in
      https:*) protocols='=https' ;;
      *) protocols='=http,https,file' ;;
    esac
    curl --fail --silent --show-error --location --proto "$protocols" \
      --connect-timeout 20 --speed-limit 1 --speed-time 60 --output "$2" "$1"
  elif has wget; then
    # Of the small ones, not each knows -T, and one crashes on it.
    limits=
    case $(wget --version 2>/dev/null || :) in
      *GNU*) limits='-t 2 -T 60' ;;
    esac
    # shellcheck disable=SC2086 # Several words.
    case $1 in
      https:*) wget_securely "$1" "$2" ;;
      *) wget -q $limits -O "$2" "$1" ;;
    esac
  else
    fail "Cannot download ptrack: there is neither curl nor wget"
  fi
}

# Downloads $1 to the file $2. No wget can be told to stay with https, so what it has
# been sent to is looked at before anything is done with the file.
wget_securely() {
  case $(wget --help 2>&1 || :) in
    *-S* | *qS*) ;;
    *) fail "Cannot download ptrack: this wget does not tell whether it was sent from" \
      "https to http; install curl" ;;
  esac
  # shellcheck disable=SC2086 # Several words.
  if ! wget -q -S $limits -O "$2" "$1" 2>"$stage/answers"; then
    cat "$stage/answers" >&2
    return 1
  fi
  if grep -qi '^ *location: *http:' "$stage/answers"; then
    fail "Cannot download $1: the server sends from https to http; nothing was changed"
  fi
}

# Prints the SHA-256 of a file. By its name they would mark one with a backslash.
sha256() {
  if has sha256sum; then
    sum=$(sha256sum <"$1")
  elif has shasum; then
    sum=$(shasum -a 256 <"$1")
  elif has openssl; then
    sum=$(openssl dgst -sha256 -r <"$1")
  else
    fail "Cannot verify the download: there is none of sha256sum, shasum and openssl"
  fi
  say "${sum%% *}"
}

# Holds the file $2 to what the list $1 says of $3.
verify() {
  expected=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$3\$/\1/p" "$1")
  if [ -z "$expected" ]; then
    fail "Cannot verify $3: SHA256SUMS does not name it; nothing was changed"
  fi
  actual=$(sha256 "$2")
  if [ "$actual" != "$expected" ]; then
    fail "Cannot install $3: its SHA-256 is ${actual:-unknown}, and should be $expected;" \
      "nothing was changed"
  fi
}

# Sets stage: a directory beside the place of the executable, so that what is in it
# can be put there by a rename. It goes when this script ends, however it ends.
make_stage() {
  stage=
  # The uppermost of the directories that are made here.
  top=
  directory=$bin
  while [ -n "$directory" ] && [ ! -d "$directory" ]; do
    top=$directory
    case $directory in
      */*) directory=${directory%/*} ;;
      *) break ;;
    esac
  done
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkdir -p "$bin" 2>/dev/null || fail "Cannot make the directory $bin"
  stage=$(mktemp -d "$bin/.ptrack-install.XXXXXX" 2>/dev/null) ||
    fail "Cannot write to $bin; name another place with PREFIX"
}

clean_up() {
  if [ -n "$stage" ]; then rm -rf "$stage"; fi
  # Only those that are empty, so: when nothing was installed.
  directory=$bin
  while [ -n "$top" ]; do
    if [ -d "$directory" ]; then rmdir "$directory" 2>/dev/null || return 0; fi
    if [ "$directory" = "$top" ]; then return 0; fi
    directory=${directory%/*}
  done
}

unpack() {
  case $1 in
    *.zip)
      has unzip || fail "Cannot unpack $1: there is no unzip"
      unzip -q "$stage/$1" -d "$stage"
      ;;
    # Not `tar -z`: not every tar has it.
    *) gzip -dc "$stage/$1" | (cd "$stage" && tar -xf -) ;;
  esac || fail "Cannot unpack $1; nothing was changed"
}

# Runs the new executable, so that one that cannot run here replaces nothing.
try_it() {
  # A shell runs an empty file too, with success.
  if installed=$("$1" --version 2>"$stage/why") && [ -n "$installed" ]; then return; fi
  sed 's/^/  /; 3q' "$stage/why" >&2
  case $target in
    *musl)
      if grep -q 'libstdc++' "$stage/why"; then
        fail "Cannot run ptrack: it needs libstdc++ (on Alpine: apk add libstdc++);" \
          "nothing was changed"
      fi
      ;;
  esac
  fail "Cannot run the ptrack for $target here; nothing was changed"
}

# A server may give another one than it was asked for.
check_version() {
  if [ -z "$version" ] || [ "${installed%% (*}" = "ptrack $version" ]; then return; fi
  fail "Cannot install version $version: what $from has is ${installed%% (*};" \
    "nothing was changed"
}

# Completions and the manual page: where in an archive, and where below PREFIX.
EXTRAS='completions/ptrack.bash share/bash-completion/completions/ptrack
completions/_ptrack share/zsh/site-functions/_ptrack
completions/ptrack.fish share/fish/vendor_completions.d/ptrack.fish
man/man1/ptrack.1 share/man/man1/ptrack.1'

# The executable is in place by now: what cannot be done here is only said.
install_extras() {
  say "$EXTRAS" | while read -r source place; do
    if [ ! -f "$1/$source" ]; then continue; fi
    goal=$prefix/$place
    if [ ! -d "$goal" ] && mkdir -p "${goal%/*}" 2>/dev/null &&
      mv -f "$1/$source" "$goal" 2>/dev/null; then
      say "  $goal"
    else
      say "  (not $goal: cannot write there)"
    fi
  done
}

say_if_not_on_path() {
  found=$(command -v ptrack 2>/dev/null || :)
  case :$PATH: in
    *:"$bin":*)
      if [ "$found" != "$bin/$name" ] && [ "$found" != "$bin/ptrack" ]; then
        say "Another one comes before it in PATH: $found"
      fi
      ;;
    *)
      say "$bin is not in PATH. To have it there, add to your shell's profile:"
      # shellcheck disable=SC2016 # It is for the profile to expand.
      say "  export PATH=\"$bin:\$PATH\""
      ;;
  esac
}

install_ptrack() {
  find_target
  find_source
  case $target in
    windows-*) archive=ptrack-$target.zip name=ptrack.exe ;;
    *) archive=ptrack-$target.tar.gz name=ptrack ;;
  esac
  if [ -d "$bin/$name" ]; then fail "Cannot install $bin/$name: that is a directory"; fi
  make_stage
  for file in SHA256SUMS "$archive"; do
    download "$from/$file" "$stage/$file" ||
      fail "Cannot download $from/$file; nothing was changed"
  done
  verify "$stage/SHA256SUMS" "$stage/$archive" "$archive"
  unpack "$archive"
  new=$stage/ptrack-$target
  if [ ! -f "$new/$name" ]; then fail "Cannot find $name in $archive; nothing was changed"; fi
  chmod 755 "$new/$name"
  try_it "$new/$name"
  check_version

  before=
  if [ -f "$bin/$name" ]; then before=$("$bin/$name" --version 2>/dev/null || say "another one"); fi
  mv -f "$new/$name" "$bin/$name" || fail "Cannot write $bin/$name; nothing was changed"
  # Without what --version says in brackets.
  say "Installed ${installed%% (*} for $target${before:+, in place of ${before%% (*}}:"
  say "  $bin/$name"
  install_extras "$new"
  say_if_not_on_path
}

uninstall() {
  removed=
  # Also where the executable is gone already: what belongs to it may not be.
  for place in bin/ptrack bin/ptrack.exe $(say "$EXTRAS" | cut -d ' ' -f 2); do
    if [ ! -f "$prefix/$place" ]; then continue; fi
    rm -f "$prefix/$place" 2>/dev/null || fail "Cannot remove $prefix/$place"
    say "Removed $prefix/$place"
    removed=yes
  done
  if [ -z "$removed" ]; then
    say "There is no ptrack in $bin"
    return
  fi
  say "Sessions, below the .parallel directories, are left as they are."
}

# All is in functions, called in the last line: half of this script does nothing.
main() {
  if [ $# -gt 1 ]; then
    usage >&2
    exit 2
  fi
  prefix=${PREFIX:-${HOME:?is not set, nor is PREFIX}/.local}
  prefix=${prefix%/}
  case $prefix in
    "" | /* | [A-Za-z]:*) ;;
    # It is told to the user's profile, and read elsewhere.
    *) prefix=$(pwd)/$prefix ;;
  esac
  bin=$prefix/bin
  case ${1:-} in
    "") install_ptrack ;;
    --uninstall) uninstall ;;
    --help | -h) usage ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
}

main "$@"
