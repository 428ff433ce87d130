#!/usr/bin/env bash
# Checks a Maven repository as the portal of Maven Central does, but for the signatures: every jar has a POM with the fields
# that it demands, jars of sources and documentation, and checksums.
# usage: tests/suites/bundle.sh FOLDER
set -euo pipefail
cd "$1"
found=0
while read -r pom; do
  found=1 base=${pom%.pom}
  for field in groupId artifactId version name description url licenses developers scm; do
    grep -q "<$field>" "$pom" || { echo "$pom has no <$field>"; exit 1; }
  done
  ! grep -q -- "-SNAPSHOT" "$pom" || { echo "$pom is a snapshot"; exit 1; }
  for file in "$pom" "$base.jar" "$base-sources.jar" "$base-javadoc.jar"; do
    [ -s "$file" ] || { echo "there is no $file"; exit 1; }
    [ "$(cut -c1-32 < "$file.md5")" = "$(md5sum < "$file" | cut -c1-32)" ] || { echo "the checksum of $file is wrong"; exit 1; }
    [ "$(cut -c1-40 < "$file.sha1")" = "$(sha1sum < "$file" | cut -c1-40)" ] || { echo "the checksum of $file is wrong"; exit 1; }
  done
done < <(find . -name '*.pom')
[ $found = 1 ] || { echo "there is no POM in $1"; exit 1; }
