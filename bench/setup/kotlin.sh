# The program in Kotlin with the package it uses, compiled in one work copy.
. tests/suites/common.sh
cache=$1 size=$2
work=$cache/kotlin
command -v javac >/dev/null || { echo "needs a JDK"; exit 1; }
command -v mvn >/dev/null || { echo "needs Maven"; exit 1; }
generate kotlin "$cache/kotlin-generated"
stamp=$(cat bindings-kotlin/pom.xml bindings-kotlin/src/main/kotlin/io/elementkit/*.kt bench/packages/kotlin/*.kt \
  "$cache"/kotlin-generated/io/elementkit/internal/*.kt | sha256sum)
[ "$stamp" = "$(cat "$work/stamp" 2>/dev/null)" ] && exit
[ "$size" != tiny ] || { echo "takes a minute to compile, which a tiny run does not do"; exit 1; }
rm -rf "$work"
mkdir -p "$work/target/generated"
cp -r bindings-kotlin/pom.xml bindings-kotlin/src "$work/"
rm -rf "$work/src/test"
cp bench/packages/kotlin/*.kt "$work/src/main/kotlin/"
cp -r "$cache/kotlin-generated" "$work/target/generated/uniffi"
(cd "$work" && mvn --batch-mode --quiet compile \
  org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -DincludeScope=runtime -Dmdep.outputFile="$work/classpath")
echo "$stamp" > "$work/stamp"
