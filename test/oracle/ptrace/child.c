#define _GNU_SOURCE
#include "child.h"

#include <asm/ldt.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { USER_CODE32 = 0x23, USER_DATA = 0x2b }; /* of the Linux GDT */
enum { LDT_CODE16 = 0x07, LDT_DATA16 = 0x0f }; /* entries 0 and 1 of the LDT, privilege 3 */

/* vm.mmap_min_addr is at most this; nothing of a guest at 1 MiB lies below. */
enum { LOWEST_ADDRESS = 0x10000 };
/* Guest-physical 0 of a 16-bit guest: offset 0 of its segments. */
enum { BASE16 = 0x100000 };

static _Noreturn void fail(const char *what) {
  perror(what);
  _exit(1);
}

static void add_segment(unsigned entry, unsigned contents) {
  struct user_desc segment = {
      .entry_number = entry,
      .base_addr = BASE16,
      .limit = 0xffff,
      .seg_32bit = 0,
      .contents = contents,
  };
  if (syscall(SYS_modify_ldt, 1, &segment, sizeof segment) != 0) fail("modify_ldt");
}

static void map_ram(const char *path, size_t size, unsigned mode) {
  unsigned long skipped = mode == 16 ? 0 : LOWEST_ADDRESS;
  char *at = (char *)(mode == 16 ? BASE16 : skipped);
  int fd = open(path, O_RDWR);
  if (fd < 0) fail(path);
  if (mmap(at, size - skipped, PROT_READ | PROT_WRITE | PROT_EXEC,
           MAP_SHARED | MAP_FIXED_NOREPLACE, fd, (off_t)skipped) != at)
    fail("mapping the guest's memory at its addresses");
}

pid_t start_child(const char *ram, size_t size, unsigned mode, struct segments *segments) {
  if (mode == 16) *segments = (struct segments){LDT_CODE16, LDT_DATA16};
  else *segments = (struct segments){USER_CODE32, USER_DATA};
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child > 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  map_ram(ram, size, mode);
  if (mode == 16) {
    add_segment(0, MODIFY_LDT_CONTENTS_CODE);
    add_segment(1, MODIFY_LDT_CONTENTS_DATA);
  }
  if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) fail("ptrace");
  raise(SIGSTOP);
  _exit(1);
}
