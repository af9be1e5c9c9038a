# -mgeneral-regs-only: not every KVM can run SSE. No notes, no build id: the same bytes each time.
CFLAGS = -std=c11 -m64 -march=x86-64 -O2 -Wall -Wextra -Werror -ffreestanding -mgeneral-regs-only \
  -mno-red-zone -fno-pic -fno-pie -fcf-protection=none -fno-stack-protector \
  -fno-asynchronous-unwind-tables -fno-ident -fno-tree-loop-distribute-patterns
LDFLAGS = -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096
PARTS = start.S sample.c sale.c sort.c table.c text.c string.c siphash.c sha256.c serial.c selftest.c
