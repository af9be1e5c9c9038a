#!/usr/bin/env bash
# npm test: installs, builds, lints, tests. Arguments go to ava (npm test -- test/cli/*.test.ts).
# npm run test:emulated: with KVMTRACE_TEST=kvm, only the tests that run guests; the rest is the same.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
if [ "${KVMTRACE_TEST:-all}" = kvm ]; then
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
