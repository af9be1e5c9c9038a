/*
 * The CPU as an oracle: runs a guest's integer code in a process, at the guest's own addresses, one
 * instruction at a time under ptrace, and writes the registers of every state.
 *
 *   stepper RAM REGISTERS PORTS STEPS > STATES
 *
 * RAM        the guest's memory at state 0, a file of its size; afterwards it holds the memory of
 *            the last state
 * REGISTERS  18 words of 64 bits: the general registers in the order of struct kvm_regs, rip, rflags;
 *            then the code's width in bits: 16, 32 or 64
 * PORTS      what the guest read from ports, end to end
 * STATES     18 words for each state from 0 to STEPS
 *
 * Port I/O, HLT, CLI and STI, which a process cannot execute, are carried out here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "instructions.h"

enum { GENERAL = 16, RIP = 16, RFLAGS = 17, STATE_WORDS = 18, MODE = 18, START_WORDS = 19 };
enum { FLAG_TF = 1 << 8, FLAG_IF = 1 << 9 };

static uint8_t *ram;
static size_t ram_size;

static _Noreturn void fail(const char *what, uint64_t step, uint64_t rip) {
  fprintf(stderr, "stepper: %s at step %llu, rip 0x%llx\n", what, (unsigned long long)step,
          (unsigned long long)rip);
  exit(1);
}

static void *map_file(const char *path, int protection, int flags, size_t *size) {
  struct stat status;
  int fd = open(path, flags == MAP_SHARED ? O_RDWR : O_RDONLY);
  if (fd < 0 || fstat(fd, &status) < 0) {
    perror(path);
    exit(1);
  }
  *size = (size_t)status.st_size;
  if (*size == 0) return (void *)"";
  void *at = mmap(NULL, *size, protection, flags, fd, 0);
  if (at == MAP_FAILED) {
    perror(path);
    exit(1);
  }
  close(fd);
  return at;
}

/* The registers of `user` by their place in a state. */
static unsigned long long *registers_of(struct user_regs_struct *user, int index) {
  unsigned long long *const fields[STATE_WORDS] = {
      &user->rax, &user->rbx, &user->rcx, &user->rdx, &user->rsi, &user->rdi,
      &user->rsp, &user->rbp, &user->r8,  &user->r9,  &user->r10, &user->r11,
      &user->r12, &user->r13, &user->r14, &user->r15, &user->rip, &user->eflags,
  };
  return fields[index];
}

/* The guest's code at rip: its segments begin at guest-physical 0. */
static const uint8_t *code_at(uint64_t rip) {
  return rip < ram_size - 15 ? ram + rip : NULL;
}

/* What PUSHF leaves on the stack shows the process's TF and IF, which the guest does not have. */
static void clean_pushed_flags(const struct user_regs_struct *user, uint64_t guest_flags,
                               unsigned mode) {
  uint64_t at = mode == 16 ? user->rsp & 0xffff : user->rsp;
  if (at + 2 > ram_size) return;
  uint16_t flags;
  memcpy(&flags, ram + at, sizeof flags);
  flags = (uint16_t)((flags & ~(FLAG_TF | FLAG_IF)) | (guest_flags & FLAG_IF));
  memcpy(ram + at, &flags, sizeof flags);
}

static void wait_for_stop(pid_t child, int *signal, uint64_t step, uint64_t rip) {
  int status;
  if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status)) fail("the process ended", step, rip);
  *signal = WSTOPSIG(status);
}

static void write_state(struct user_regs_struct *user) {
  uint64_t state[STATE_WORDS];
  for (int i = 0; i < STATE_WORDS; i++) state[i] = *registers_of(user, i);
  if (fwrite(state, sizeof state, 1, stdout) != 1) exit(1);
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  size_t size;
  ram = map_file(argv[1], PROT_READ | PROT_WRITE, MAP_SHARED, &ram_size);
  const uint64_t *start = map_file(argv[2], PROT_READ, MAP_PRIVATE, &size);
  if (size != START_WORDS * sizeof *start) return 2;
  const uint8_t *ports = map_file(argv[3], PROT_READ, MAP_PRIVATE, &size);
  struct port_input input = {ports, ports + size};
  uint64_t steps = strtoull(argv[4], NULL, 10);
  unsigned mode = (unsigned)start[MODE];
  uint64_t guest_flags = start[RFLAGS];

  /* On one CPU the two processes hand over without waking another CPU: twice as fast. */
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof one, &one);

  struct segments segments;
  pid_t child = start_child(argv[1], ram_size, mode, &segments);
  int signal;
  wait_for_stop(child, &signal, 0, 0);
  struct user_regs_struct user;
  ptrace(PTRACE_GETREGS, child, 0, &user);
  for (int i = 0; i < RFLAGS; i++) *registers_of(&user, i) = start[i];
  user.eflags = start[RFLAGS] | FLAG_IF;
  user.orig_rax = ~0ull; /* not in a system call: nothing to restart */
  if (mode != 64) {
    user.cs = segments.code;
    user.ss = user.ds = user.es = segments.data;
  }
  if (ptrace(PTRACE_SETREGS, child, 0, &user) < 0) fail(strerror(errno), 0, user.rip);
  if (ptrace(PTRACE_GETREGS, child, 0, &user) < 0) fail(strerror(errno), 0, user.rip);

  for (uint64_t step = 0;; step++) {
    write_state(&user);
    if (step == steps) break;
    const uint8_t *code = code_at(user.rip);
    int pushf = is_pushf(code), repeated = repeats(code);
    uint64_t rip = user.rip;
    do {
      if (ptrace(PTRACE_SINGLESTEP, child, 0, 0) < 0) fail(strerror(errno), step, rip);
      wait_for_stop(child, &signal, step, rip);
      ptrace(PTRACE_GETREGS, child, 0, &user);
    } while (repeated && signal == SIGTRAP && user.rip == rip);
    if (signal == SIGSEGV && emulate(&user, code, mode, &input)) ptrace(PTRACE_SETREGS, child, 0, &user);
    else if (signal != SIGTRAP) fail(strsignal(signal), step, user.rip);
    else if (pushf) clean_pushed_flags(&user, guest_flags, mode);
  }
  kill(child, SIGKILL);
  if (input.next != input.end) fail("less port input than recorded", steps, user.rip);
  return fflush(stdout) == 0 ? 0 : 1;
}
