#!/usr/bin/env bash
# npm run demo: installs, builds, records the sample guest, and asks the trace a few questions.
echo "kvmtrace's demo: builds it, records a guest, asks the trace a few questions, and replays it."
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

kvmtrace() {
  node dist/src/cli/main.js "$@"
}
show() {
  printf '\n\033[1m$ kvmtrace'
  printf ' %q' "$@"
  printf '\033[0m\n'
  kvmtrace "$@"
}

trace=demo.db
guest=guests/sample/sample.elf
limit=()
until=200000

# /dev/kvm where it may be used, else the emulated host, which may have to be fetched.
host=kvm
if ! kvmtrace doctor --host kvm >/dev/null 2>&1; then
  host=emulated
  echo
  echo "No /dev/kvm that can be used here, so the guest runs on the emulated host: an AMD machine in QEMU."
  echo "(kvmtrace doctor --host kvm says what is missing.)"
  if ! kvmtrace host status >/dev/null 2>&1 && ! show host install; then
    host=none
  fi
fi

if [ "$host" = emulated ]; then
  # Some 8,000 steps a second: the first seconds of the guest, not all of it.
  limit=(--max-steps 100000)
  until=20000
fi
if [ "$host" != none ]; then
  echo
  echo "Recording $guest, a small shop's books: every instruction and what it changed."
  if ! show record "$guest" -o "$trace" --force --host "$host" "${limit[@]}"; then host=none; fi
fi
if [ "$host" = none ]; then
  echo
  echo "Nothing can be recorded here, as the last line above says: showing a committed trace instead."
  trace=traces/hello.db
fi

show info "$trace"
show steps "$trace" --from 0 --count 12
show state "$trace" --at 10
# Where the 20th character on the serial port comes from, and where the steps went.
show why "$trace" --at serial_put:20 rdi
show hot "$trace" --count 5
show query "$trace" "SELECT i.rip, sym(i.rip) AS place, i.text, count(*) AS times
  FROM step s JOIN instruction i ON i.id = s.instruction
  GROUP BY i.id ORDER BY times DESC LIMIT 5"
show query "$trace" "SELECT step, hex(gpa) AS gpa, size, hex(value) AS value
  FROM memory_write ORDER BY step DESC LIMIT 5"
if [ "$host" != none ]; then
  echo
  echo "Running it again, and comparing every step with the trace:"
  show replay "$trace" --to "$until" --host "$host"
fi

echo
echo "The trace is $trace, an ordinary SQLite file: try sqlite3 $trace '.schema', or npx kvmtrace --help."
