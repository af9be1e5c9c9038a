# Sourced by the other scripts: from a fresh clone to a built project.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# npm leaves node_modules/.package-lock.json behind; older than the lock means another install. A link
# leads to the packages of another checkout (git worktrees): npm ci would delete those under it.
if [ -L node_modules ]; then
  echo "node_modules is a link: using the packages of $(readlink -f node_modules) as they are"
elif [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "installing packages (the first time compiles SQLite: about two minutes)"
  npm ci --no-audit --no-fund --loglevel=error &
  installer=$!
  # Where a command fails the script ends, and must not leave npm behind.
  trap 'kill "$installer" 2>/dev/null || true' EXIT
  began=$SECONDS
  while kill -0 "$installer" 2>/dev/null; do
    sleep 1
    waited=$((SECONDS - began))
    [ $((waited % 10)) -eq 0 ] || continue
    doing="unpacking"
    [ ! -d node_modules/better-sqlite3/build ] || doing="compiling SQLite"
    echo "  $waited s: $doing, $(find node_modules -mindepth 1 -maxdepth 1 2>/dev/null | wc -l) packages so far"
  done
  wait "$installer"
  trap - EXIT
  echo "  installed in $((SECONDS - began)) s"
  touch node_modules/.package-lock.json
fi
npm run --silent build
