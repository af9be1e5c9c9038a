#!/usr/bin/env bash
# npm run bench [-- ROUNDS]: the measured promises, as ratios against C programs in the same run; all of them in one
# table at the end, and as JSON in bench/build/bench.json.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
mkdir -p bench/build
KVMTRACE_BENCH_ROWS=$(mktemp)
export KVMTRACE_BENCH_ROWS
trap 'rm -f "$KVMTRACE_BENCH_ROWS"' EXIT
status=0
node dist/bench/start.js || status=$?
node dist/bench/record.js "$@" || status=$?
node dist/bench/own-cost.js "$@" || status=$?
node dist/bench/query.js || status=$?
node dist/bench/writer.js || status=$?
node dist/bench/replay.js "$@" || status=$?
node dist/bench/gdb.js || status=$?
node dist/bench/ui.js || status=$?
node dist/bench/diff.js || status=$?
node dist/bench/others.js "$@" || status=$?
node dist/bench/table.js "$KVMTRACE_BENCH_ROWS" bench/build/bench.json
exit "$status"
