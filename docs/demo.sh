#!/bin/sh
# The demo: publishes the sample desk, audits it and serves it. One dataset is meant to be refused, so
# `publish` ends with 1; anything else is a failure.
set -u
saphan="$BIN/saphan"
out=$(mktemp)
audit=$(mktemp)
trap 'rm -f "$out" "$audit"' EXIT

"$saphan" publish --workspace datasets --yes --json >"$out"
code=$?
"$saphan" audit --workspace datasets --json --quiet >"$audit"
"$BIN/python" docs/demo.py "$out" "$code" "$audit" || exit 1
[ "${SERVE:-yes}" = no ] && exit 0
exec "$saphan" serve --workspace datasets
