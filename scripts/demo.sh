#!/usr/bin/env bash
# npm run demo: installs, builds, records the sample guest, and asks the trace a few questions.
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
records=yes
guest=guests/sample/sample.elf
if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then
  show record "$guest" -o "$trace" --force
else
  echo "No /dev/kvm that you may use here: showing the committed trace instead of recording."
  echo "(kvmtrace doctor says what is missing.)"
  trace=traces/hello.db
  records=no
fi

show info "$trace"
show steps "$trace" --from 0 --count 12
show state "$trace" --at 10
# Where the 30th character on the serial port comes from, and where the steps went.
show why "$trace" --at serial_put:30 rdi
show hot "$trace" --count 5
show query "$trace" "SELECT i.rip, sym(i.rip) AS place, i.text, count(*) AS times
  FROM step s JOIN instruction i ON i.id = s.instruction
  GROUP BY i.id ORDER BY times DESC LIMIT 5"
show query "$trace" "SELECT step, hex(gpa) AS gpa, size, hex(value) AS value
  FROM memory_write ORDER BY step DESC LIMIT 5"
if [ "$records" = yes ]; then
  show replay "$trace" --to 200000
fi

echo
echo "The trace is $trace, an ordinary SQLite file: try sqlite3 $trace '.schema', or npx kvmtrace --help."
