#!/bin/sh
# Runs Qpid Broker-J at HOST:PORT from the distribution in SOFTWARE, on JAVA; its data are in the current folder.
# AUTO_CREATE=yes: a name that nobody has declared becomes a queue when it is used, but for the names of temporary
# queues: a reply to one that is gone must not bring it back. Else it is an error.
set -eu
recipe=$(cd "$(dirname "$0")" && pwd)
policies='[]'
if [ "${AUTO_CREATE:-no}" = yes ]; then
  policies='[{"pattern":"(?!TempQueue|tmp_|amq[.]|qpid[.])[^$/].*","nodeType":"queue","createdOnPublish":"true","createdOnConsume":"true","attributes":{}}]'
fi
mkdir -p tmp
exec "${JAVA:-java}" -Xms64m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
  -Djava.io.tmpdir="$PWD/tmp" -Dderby.stream.error.file=/dev/null \
  -DQPID_HOME="$SOFTWARE" -DQPID_WORK="$PWD" \
  -Dporthos.host="$HOST" -Dporthos.port="$PORT" -Dporthos.policies="$policies" \
  -classpath "$SOFTWARE/lib/*" org.apache.qpid.server.Main \
  --store-type JSON --initial-config-path "$recipe/initial.json"
