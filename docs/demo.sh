#!/bin/sh
# The demo: publishes the sample desk and serves it. One dataset is meant to be refused, so
# `publish` ends with 1; anything else is a failure.
set -u
saphan="$BIN/saphan"
out=$(mktemp)
trap 'rm -f "$out"' EXIT

"$saphan" publish --workspace datasets --yes --json >"$out"
code=$?
"$BIN/python" docs/demo.py "$out" "$code" || exit 1
[ "${SERVE:-yes}" = no ] && exit 0
exec "$saphan" serve --workspace datasets
