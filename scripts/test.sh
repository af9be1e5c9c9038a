#!/usr/bin/env bash
# npm test: installs, builds, lints, tests. Arguments go to ava (npm test -- test/cli/*.test.ts).
# npm run test:emulated: the hazards of stepping, on the emulated host whatever else there is, with nested
# paging and with shadow page tables; KVMTRACE_NPT=1 or 0 is one of the two.
# npm run test:long: what takes minutes a test on the emulated host, which npm test leaves out there.
# npm run test:guests: whole guests of Debian's packages, minutes each.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
what=${KVMTRACE_TEST:-all}

runs_on=$(node scripts/test-host.mjs)
if [ "$runs_on" = emulated ]; then
  host="the emulated host"
  [ "${KVMTRACE_HOST:-}" = emulated ] || host+=", as /dev/kvm cannot be used here"
else
  host="/dev/kvm"
fi
echo "npm test: builds$([ "$what" = all ] && echo ', lints'), then runs tests; guests run on $host."

source scripts/setup.sh

skips=$(mktemp)
export KVMTRACE_SKIPS=$skips
# How many tests were left out, and for want of what.
summary() {
  if [ -s "$skips" ]; then
    echo "Skipped $(wc -l <"$skips") tests or parts of them:"
    sort "$skips" | uniq -c | sort -rn | sed -E 's/^ *([0-9]+) /  \1: /'
  fi
  rm -f "$skips"
}
trap summary EXIT

case "$what" in
  hazards)
    [ "$#" -gt 0 ] || set -- 'test/stepper/hazards/**/*.test.ts'
    status=0
    for npt in ${KVMTRACE_NPT:-1 0}; do
      echo "The KVM of the emulated machine keeps $([ "$npt" = 0 ] && echo shadow || echo nested) page tables."
      KVMTRACE_NPT=$npt npx --no-install ava "$@" || status=$?
    done
    exit "$status"
    ;;
  long)
    if [ "$#" -eq 0 ]; then
      mapfile -t files < <(grep -rlE '^ *longTest\(' test --include='*.test.ts')
      # An empty list would be all tests.
      [ "${#files[@]}" -gt 0 ]
      set -- "${files[@]}"
    fi
    set -- --match='*(long)' "$@"
    ;;
  guests) set -- --match='*(guests)' --timeout=60m "${@:-test/guest/packages.test.ts}" ;;
  *)
    npm run --silent lint
    if [ "$runs_on" = emulated ] && [ "$#" -eq 0 ]; then
      # There ava.config.js has one file run at a time: side by side can only those that record nothing.
      mapfile -t guests < <(node scripts/kvm-tests.mjs)
      mapfile -t others < <(find test -name '*.test.ts' | grep -vxFf <(printf '%s\n' "${guests[@]}"))
      [ "${#guests[@]}" -gt 0 ] && [ "${#others[@]}" -gt 0 ]
      status=0
      npx --no-install ava --concurrency=2 "${others[@]}" || status=$?
      npx --no-install ava "${guests[@]}" || status=$?
      exit "$status"
    fi
    ;;
esac
npx --no-install ava "$@"
