#!/usr/bin/env bash
# npm run bench [-- ROUNDS]: the measured promises, as ratios against C programs in the same run.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
exec node dist/bench/record.js "$@"
