#!/bin/sh
# in-container.sh RECIPE COORDINATES SHA256 LEVELS: what a container of Maven's image runs for a broker in Java: it fetches the
# distribution once, into the volume /broker, and runs it at port 5672.
set -eu
if [ ! -d /broker/software ]; then
  sh /recipes/fetch-archive.sh "$2" "$3" "$4" /broker/fetched
  mv /broker/fetched /broker/software
fi
mkdir -p /broker/data
cd /broker/data
HOST=0.0.0.0 PORT=5672 SOFTWARE=/broker/software
export HOST PORT SOFTWARE
exec sh "/recipes/$1/run.sh"
