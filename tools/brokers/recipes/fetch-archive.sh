#!/bin/sh
# fetch-archive.sh COORDINATES SHA256 LEVELS FOLDER: an Apache project's .tar.gz out of Maven's repository, unpacked into
# FOLDER without its outer LEVELS of folders. It needs mvn, and touches nothing outside FOLDER, not even ~/.m2.
set -eu
coordinates=$1 sha256=$2 levels=$3 folder=$4
mkdir -p "$folder/.fetch"
# From a folder without a pom.xml.
cd "$folder/.fetch"
MAVEN_OPTS="${MAVEN_OPTS:-} -XX:-UsePerfData" mvn --quiet --batch-mode -Dstyle.color=never -Dmaven.repo.local="$PWD/repository" \
  org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
  -Dartifact="$coordinates:tar.gz:bin" -DoutputDirectory="$PWD"
if command -v sha256sum >/dev/null; then sum=sha256sum; else sum="shasum -a 256"; fi
for archive in ./*.tar.gz; do
  echo "$sha256  $archive" | $sum -c - >&2
  tar -xzf "$archive" -C "$folder" --strip-components="$levels"
done
cd "$folder"
rm -rf "$folder/.fetch"
