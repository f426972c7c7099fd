#!/usr/bin/env bash
# debian.sh DIR: unpacks the smallest Debian, of the version that this one is,
# for a test that has nothing but the one executable. Only its files are needed,
# so no package is configured. Where it cannot be had it says why, and succeeds:
# the test is skipped then.
set -eu
directory=$1
part=$directory.part
give_up() {
  echo "no Debian can be unpacked here, so its test is skipped: $1"
  rm -rf --one-file-system "$part"
  exit 0
}
[ "$(id -u)" = 0 ] || give_up "that needs root"
command -v debootstrap >/dev/null || give_up "there is no debootstrap"
read -r site codename < <(
  apt-get indextargets --format '$(SITE) $(CODENAME)' "Created-By: Packages"
) || give_up "apt names no mirror"
rm -rf --one-file-system "$part"
timeout 240 debootstrap --foreign --variant=minbase "$codename" "$part" "$site" \
  >/dev/null 2>&1 || give_up "debootstrap failed"
# In a container it may be a link to the one outside.
rm -rf --one-file-system "$part/debootstrap" "$part/proc"
mkdir "$part/proc"
mv "$part" "$directory"
