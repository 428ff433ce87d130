#!/usr/bin/env bash
# Prints the bill of materials of all builds as CycloneDX 1.5 JSON: tests/suites/sbom.sh > sbom.json
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo metadata --format-version 1 --locked --all-features | jq '{
  bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
  metadata: {component: {type: "library", name: "elementkit",
    version: (.packages[] | select(.name == "elementkit") | .version)}},
  components: [.packages[] | select(.source != null or (.manifest_path | contains("/vendor/"))) | {
    type: "library", name, version, purl: "pkg:cargo/\(.name)@\(.version)",
    licenses: [{expression: ((.license // "NOASSERTION") | gsub(" */ *"; " OR "))}]
  }] | sort_by(.name, .version)}'
