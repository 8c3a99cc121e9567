#!/usr/bin/env bash
# fuzz.sh DURATION: runs every fuzz target of the module for that long, one after the other.
set -euo pipefail

duration=${1:-10s}
while read -r file; do
    package=$(dirname "$file")
    while read -r target; do
        echo "== ./$package $target"
        go test -run '^$' -fuzz "^$target\$" -fuzztime "$duration" "./$package"
    done < <(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$file")
done < <(git ls-files --cached --others --exclude-standard '*_test.go' | xargs -r grep -lE '^func Fuzz' | sort)
