#!/usr/bin/env bash
# npm test: installs, builds, lints, tests. Arguments go to ava (npm test -- test/cli/*.test.ts).
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
npm run --silent lint
exec npx --no-install ava "$@"
