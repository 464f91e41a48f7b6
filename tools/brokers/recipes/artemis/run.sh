#!/bin/sh
# Runs Artemis at HOST:PORT from the distribution in SOFTWARE, on JAVA; its data are in the current folder.
set -eu
recipe=$(cd "$(dirname "$0")" && pwd)
mkdir -p tmp
exec "${JAVA:-java}" -Xms64m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
  --add-opens java.base/jdk.internal.misc=ALL-UNNAMED \
  -Djava.io.tmpdir="$PWD/tmp" -Djava.security.auth.login.config="$recipe/login.config" -Dlog4j2.disableJmx=true \
  -Dartemis.home="$SOFTWARE" -Dartemis.instance="$PWD" -Dartemis.instance.etc="$recipe" -Ddata.dir="$PWD/data" \
  -Dporthos.recipe="$recipe" -Dporthos.host="$HOST" -Dporthos.port="$PORT" \
  -classpath "$SOFTWARE/lib/artemis-boot.jar" org.apache.activemq.artemis.boot.Artemis run
