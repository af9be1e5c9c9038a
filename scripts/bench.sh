#!/usr/bin/env bash
# npm run bench [-- ROUNDS]: the measured promises, as ratios against C programs in the same run.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
status=0
node dist/bench/record.js "$@" || status=$?
node dist/bench/own-cost.js "$@" || status=$?
node dist/bench/query.js || status=$?
node dist/bench/replay.js "$@" || status=$?
node dist/bench/gdb.js || status=$?
node dist/bench/ui.js || status=$?
node dist/bench/diff.js || status=$?
exit "$status"
