#!/usr/bin/env bash
# npm test: installs, builds, lints, tests. Arguments go to ava (npm test -- test/cli/*.test.ts).
# npm run test:emulated: the hazards of stepping, on the emulated host whatever else there is.
# npm run test:long: all tests that run guests, on the emulated host: hours, and not all pass there yet.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
if [ "${KVMTRACE_TEST:-all}" = hazards ]; then
  [ "$#" -gt 0 ] || set -- test/stepper/hazards/*/*.test.ts
elif [ "${KVMTRACE_TEST:-all}" = kvm ]; then
  if [ "$#" -eq 0 ]; then
    mapfile -t files < <(node scripts/kvm-tests.mjs)
    # An empty list would be all tests.
    [ "${#files[@]}" -gt 0 ]
    set -- "${files[@]}"
  fi
else
  npm run --silent lint
fi
exec npx --no-install ava "$@"
