#!/bin/sh
# extract.sh SUITE FOLDER FINAL: RabbitMQ and its Erlang out of a suite of Debian, in FOLDER, to be renamed to FINAL.
# The packages are only unpacked: no chroot, no mounts, no script of a package runs, and any user will do. It needs
# mmdebstrap and patchelf.
set -eu
suite=$1 folder=$2 final=$3

# shellcheck disable=SC2016 # apt's own variables
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -E '/debian/?$' | sort -u | head -n 1)
[ -n "$mirror" ] || { echo "apt knows no mirror of Debian" >&2; exit 1; }

mode=chrootless
[ "$(id -u)" != 0 ] || mode=root
mkdir -p "$folder/tmp"
# A mirror that is a snapshot serves signed files that have expired.
TMPDIR="$folder/tmp" mmdebstrap --quiet --variant=extract --mode="$mode" --components=main \
  --include=rabbitmq-server --aptopt='Acquire::Check-Valid-Until "false"' "$suite" "$folder/root" "$mirror"

# Only what runs: Erlang, RabbitMQ and the libraries, whether or not the suite has merged /lib into /usr/lib.
mkdir "$folder/lib"
for libraries in "$folder"/root/lib/*-linux-gnu "$folder"/root/usr/lib/*-linux-gnu; do
  [ ! -d "$libraries" ] || cp -R -P -p "$libraries/." "$folder/lib"
done
mv "$folder/root/usr/lib/erlang" "$folder/root/usr/lib/rabbitmq" "$folder"
rm -rf "$folder/root" "$folder/tmp"

# Erlang's programs, also those in its libraries' folders, find the suite's C library and not the machine's.
loader=$(basename "$(ls "$folder"/lib/ld-linux*.so.* | head -n 1)")
for file in "$folder"/erlang/erts-*/bin/* "$folder"/erlang/bin/* "$folder"/erlang/lib/*/priv/bin/*; do
  [ -f "$file" ] && [ ! -L "$file" ] && [ "$(head -c 4 "$file" | tail -c 3)" = ELF ] || continue
  patchelf --set-interpreter "$final/lib/$loader" --force-rpath --set-rpath "$final/lib" "$file"
done
sed -i "s#ROOTDIR=/usr/lib/erlang#ROOTDIR=$final/erlang#" "$folder/erlang/bin/erl"
