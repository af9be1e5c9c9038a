# Sourced by the other scripts: from a fresh clone to a built project.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# npm leaves node_modules/.package-lock.json behind; older than the lock means another install. A link
# leads to the packages of another checkout (git worktrees): npm ci would delete those under it.
if [ -L node_modules ]; then
  echo "node_modules is a link: using the packages of $(readlink -f node_modules) as they are"
elif [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "installing packages (the first time compiles SQLite: about two minutes)"
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
npm run --silent build
