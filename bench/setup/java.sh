# The contender in Java.
cache=$1
command -v javac >/dev/null || { echo "needs a JDK"; exit 1; }
rm -rf "$cache/java"
javac -d "$cache/java" bench/contenders/java/Stax.java
