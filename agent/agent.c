/*
 * The agent: init, and the only process, of the small Linux inside the emulated machine. It performs
 * Linux system calls for kvmtrace, which shares this machine's RAM: the host writes a request into the
 * window, the agent executes it and writes the result. KVM is driven by the host alone.
 *
 * No libc, one thread, no memory of its own beyond the stack: build.sh makes a static binary of a few
 * kilobytes of it.
 */
#include "protocol.h"

#include "../native/burst.c"

/* System call numbers: arch/x86/entry/syscalls/syscall_64.tbl. */
enum {
  SYS_write = 1,
  SYS_open = 2,
  SYS_mmap = 9,
  SYS_rt_sigaction = 13,
  SYS_pread64 = 17,
  SYS_madvise = 28,
  SYS_nanosleep = 35,
  SYS_setitimer = 38,
  SYS_mkdir = 83,
  SYS_getrusage = 98,
  SYS_mount = 165,
};

enum {
  PAGE_BYTES = 4096,
  O_RDWR = 2,
  PROT_READ_WRITE = 3,
  MAP_SHARED_FIXED = 0x11,
  /* With MAP_NORESERVE. */
  MAP_PRIVATE_FIXED = 0x4012,
  MADV_POPULATE_READ = 22,
  SIGALRM = 14,
  SA_RESTORER = 0x04000000,
  ENOSYS = 38,
};

/* Polls of `request` before the first nap: about a fifth of a millisecond here, ten times what the host
 * does between two single steps. Who asks for nothing for so long has often lost its processor, to QEMU even. */
#define POLLS 20000
/* And between two naps. */
#define POLLS_DROWSY 200
/* Naps before those are long. */
#define NAPS_SHORT 2000
#define SHORT_NANOSECONDS 50000
#define LONG_NANOSECONDS 10000000

static long call(long number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  long result;
  register u64 r10 __asm__("r10") = d;
  register u64 r8 __asm__("r8") = e;
  register u64 r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static void say(const char *text) {
  u64 length = 0;
  while (text[length]) length++;
  call(SYS_write, 2, (u64)text, length, 0, 0, 0);
}

static void nap(long nanoseconds) {
  long time[2] = {0, nanoseconds};
  call(SYS_nanosleep, (u64)time, 0, 0, 0, 0, 0);
}

static void fail(const char *text) {
  say(text);
  for (;;) nap(999999999);
}

static struct control *const control = (struct control *)WINDOW_ADDRESS;
static long pagemap;

/* pagemap entries: Documentation/admin-guide/mm/pagemap.rst. */
#define PAGE_PRESENT (1ul << 63)
#define PAGE_OF_FILE (1ul << 61)
#define PAGE_NUMBER ((1ul << 55) - 1)

static long read_pagemap(u64 address, u64 count, u64 *out) {
  return call(SYS_pread64, pagemap, (u64)out, count * 8, address / PAGE_BYTES * 8, 0, 0);
}

static long pages(u64 address, u64 count, u64 *out) {
  /* An error where touching the memory would be a SIGBUS, which ends init and so the machine. */
  long result = call(SYS_madvise, address, count * PAGE_BYTES, MADV_POPULATE_READ, 0, 0, 0);
  if (result < 0) return result;
  result = read_pagemap(address, count, out);
  if (result < 0) return result;
  for (u64 i = 0; i < count; i++) out[i] = out[i] & PAGE_PRESENT ? out[i] & PAGE_NUMBER : 0;
  return result / 8;
}

/* Page faults of this process so far: struct rusage has ru_minflt at 64. */
static u64 faults(void) {
  u64 usage[18];
  call(SYS_getrusage, 0, (u64)usage, 0, 0, 0, 0);
  return usage[8];
}

static long copied(u64 address, u64 count, u64 *state, u64 *out, u64 room) {
  u64 *known = state + 1;
  u64 entries[512];
  u64 found = 0;
  u64 now = faults();
  /* A page is copied by a page fault, those that KVM has on the guest's behalf included (mm_account_fault). */
  if (now == state[0]) return 0;
  for (u64 first = 0; first < count; first += 512) {
    u64 some = count - first < 512 ? count - first : 512;
    long result = read_pagemap(address + first * PAGE_BYTES, some, entries);
    if (result < 0) return result;
    for (u64 i = 0; i < some; i++) {
      u64 page = first + i;
      u64 bit = 1ul << (page & 63);
      if (!(entries[i] & PAGE_PRESENT) || entries[i] & PAGE_OF_FILE || known[page >> 6] & bit) continue;
      if (found == room) return found;
      known[page >> 6] |= bit;
      out[2 * found] = page;
      out[2 * found + 1] = entries[i] & PAGE_NUMBER;
      found++;
    }
  }
  state[0] = now;
  return found;
}

static long copy(u8 *to, const u8 *from, u64 bytes) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
  return 0;
}

static long rewrite(volatile u64 *words, u64 count) {
  for (u64 i = 0; i < count; i++) words[i] = words[i];
  return 0;
}

static long rewrite_copied(u64 address, u64 count, const u64 *state) {
  const u64 *known = state + 1;
  for (u64 page = 0; page < count; page++) {
    if (known[page >> 6] == 0) page |= 63;
    else if (known[page >> 6] >> (page & 63) & 1)
      rewrite((volatile u64 *)(address + page * PAGE_BYTES), PAGE_BYTES / 8);
  }
  return 0;
}

static long tile(u64 address, u64 size, u64 file, u64 tile_bytes) {
  for (u64 at = 0; at < size; at += tile_bytes) {
    u64 length = size - at < tile_bytes ? size - at : tile_bytes;
    long result = call(SYS_mmap, address + at, length, PROT_READ_WRITE, MAP_PRIVATE_FIXED, file, 0);
    if (result < 0 && result > -PAGE_BYTES) return result;
  }
  return 0;
}

static long serve(void) {
  u64 *a = control->arg;
  switch (control->op) {
  case OP_NOTHING:
    return 0;
  case OP_PAGES:
    return pages(a[0], a[1], (u64 *)a[2]);
  case OP_COPIED:
    return copied(a[0], a[1], (u64 *)a[2], (u64 *)a[3], a[4]);
  case OP_COPY:
    return copy((u8 *)a[0], (const u8 *)a[1], a[2]);
  case OP_REWRITE:
    return rewrite((volatile u64 *)a[0], a[1]);
  case OP_REWRITE_COPIED:
    return rewrite_copied(a[0], a[1], (const u64 *)a[2]);
  case OP_TILE:
    return tile(a[0], a[1], a[2], a[3]);
  case OP_BURST:
    kvmtrace_burst((struct burst *)a[0]);
    return 0;
  default:
    return control->op < OP_NOTHING ? call(control->op, a[0], a[1], a[2], a[3], a[4], a[5]) : -ENOSYS;
  }
}

__attribute__((used)) static void tick(void) {
  control->heartbeat++;
}

void restore(void);
__asm__("restore: mov $15, %eax\n syscall\n"); /* rt_sigreturn */

/* A handler that interrupts system calls (no SA_RESTART): KVM_RUN then returns EINTR. */
static void start_timer(void) {
  struct {
    void (*handler)(void);
    u64 flags;
    void (*restorer)(void);
    u64 mask;
  } action = {tick, SA_RESTORER, restore, 0};
  u64 interval[4] = {0, TICK_MICROSECONDS, 0, TICK_MICROSECONDS};
  call(SYS_rt_sigaction, SIGALRM, (u64)&action, 0, 8, 0, 0);
  call(SYS_setitimer, 0, (u64)interval, 0, 0, 0, 0);
}

static u64 hexadecimal(const char **text) {
  u64 value = 0;
  for (;; (*text)++) {
    char c = **text;
    if (c >= '0' && c <= '9') value = value * 16 + (c - '0');
    else if (c >= 'a' && c <= 'f') value = value * 16 + (c - 'a' + 10);
    else return value;
  }
}

/* The value of the kernel's parameter KVMTRACE=address_size (hexadecimal): it becomes our environment. */
static const char *window_parameter(const char **environment) {
  static const char name[] = "KVMTRACE=";
  for (; *environment; environment++) {
    u64 i = 0;
    while (i < sizeof name - 1 && (*environment)[i] == name[i]) i++;
    if (i == sizeof name - 1) return *environment + i;
  }
  return 0;
}

static void map_window(const char *parameter) {
  if (!parameter) fail("agent: the kernel's parameter KVMTRACE is missing\n");
  u64 address = hexadecimal(&parameter);
  if (*parameter == '_') parameter++;
  u64 size = hexadecimal(&parameter);
  long memory = call(SYS_open, (u64)"/dev/mem", O_RDWR, 0, 0, 0, 0);
  if (memory < 0) fail("agent: /dev/mem cannot be opened\n");
  long mapped = call(SYS_mmap, WINDOW_ADDRESS, size, PROT_READ_WRITE, MAP_SHARED_FIXED, memory, address);
  if (mapped != (long)WINDOW_ADDRESS) fail("agent: the window cannot be mapped\n");
}

__attribute__((used)) static void agent(u64 *stack) {
  u64 argument_count = stack[0];
  const char **environment = (const char **)(stack + 1 + argument_count + 1);
  call(SYS_mkdir, (u64)"/proc", 0755, 0, 0, 0, 0);
  call(SYS_mkdir, (u64)"/tmp", 0755, 0, 0, 0, 0);
  call(SYS_mount, (u64)"dev", (u64)"/dev", (u64)"devtmpfs", 0, 0, 0);
  call(SYS_mount, (u64)"proc", (u64)"/proc", (u64)"proc", 0, 0, 0);
  call(SYS_mount, (u64)"tmp", (u64)"/tmp", (u64)"tmpfs", 0, 0, 0);
  pagemap = call(SYS_open, (u64)"/proc/self/pagemap", 0, 0, 0, 0, 0);
  map_window(window_parameter(environment));
  start_timer();
  control->version = VERSION;
  __atomic_store_n(&control->magic, MAGIC, __ATOMIC_RELEASE);
  u32 seen = control->done;
  for (u64 naps = 0;; naps++) {
    u32 request;
    u32 polls = naps == 0 ? POLLS : POLLS_DROWSY;
    while ((request = __atomic_load_n(&control->request, __ATOMIC_ACQUIRE)) == seen && --polls);
    if (request == seen) {
      nap(naps < NAPS_SHORT ? SHORT_NANOSECONDS : LONG_NANOSECONDS);
    } else {
      seen = request;
      control->result = serve();
      __atomic_store_n(&control->done, seen, __ATOMIC_RELEASE);
      naps = -1;
    }
  }
}

__asm__(".globl _start\n"
        "_start: mov %rsp, %rdi\n"
        "and $-16, %rsp\n"
        "call agent\n");
