#!/usr/bin/env bash
# Builds the agent. The binary is in the repository, as few users of kvmtrace have a C compiler:
# after a change of agent.c, protocol.h or native/burst.* run this and commit what comes of it (a test compares).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
out=${1:-agent}
gcc -std=c11 -O2 -Wall -Wextra -static -nostdlib -ffreestanding -fno-stack-protector -fno-pic -no-pie \
  -fcf-protection=none -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fno-strict-aliasing -mgeneral-regs-only \
  -Wl,-z,noseparate-code,-z,noexecstack,--build-id=none -s agent.c -o "$out"
cat protocol.h agent.c ../native/burst.h ../native/burst.c | sha256sum | cut -d ' ' -f 1 > "$out.source-sha256"
