/*
 * The baseline of the benchmark: what a C program needs to single-step a guest on KVM, reading the
 * registers from the shared kvm_run page, and nothing more. No trace, no memory changes.
 *
 *   step-loop GUEST.elf [MEMORY_BYTES]
 *
 * prints {"steps":N,"seconds":S,"processSeconds":P,"stepsPerSecond":R,"exitCode":C}: seconds is
 * the loop alone, processSeconds the time since this process started. The guest is an ELF64 that
 * starts in kvmtrace's long mode (the table in src/guest/boot/README.md) and ends by writing port 0xf4.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TABLES 0xffff0000ull
#define TABLES_SIZE 0x10000
#define GDT (TABLES + 0x6000)
#define TSS (TABLES + 0x7000)

static int kvm, vm, vcpu;
static struct kvm_run *run;

static double seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* CLOCK_BOOTTIME minus the start time in /proc/self/stat (field 22), which has ticks of 10 ms. */
static double process_seconds(void) {
  char line[1024];
  unsigned long long ticks = 0;
  int fd = open("/proc/self/stat", O_RDONLY);
  ssize_t size = read(fd, line, sizeof line - 1);
  close(fd);
  line[size > 0 ? size : 0] = 0;
  char *end = strrchr(line, ')');
  if (!end || sscanf(end + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &ticks) != 1)
    errx(3, "cannot read /proc/self/stat");
  return seconds(CLOCK_BOOTTIME) - (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static int call(int fd, unsigned long request, const char *name, uintptr_t argument) {
  int result = ioctl(fd, request, argument);
  if (result < 0) err(3, "%s", name);
  return result;
}
#define CALL(fd, request, argument) call(fd, request, #request, (uintptr_t)(argument))

static uint8_t *map_memory(uint32_t slot, uint64_t gpa, size_t size) {
  uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) err(3, "mmap");
  struct kvm_userspace_memory_region region = {slot, 0, gpa, size, (uintptr_t)memory};
  CALL(vm, KVM_SET_USER_MEMORY_REGION, &region);
  return memory;
}

static uint64_t load_elf(const char *path, uint8_t *memory, size_t memory_size) {
  struct stat status;
  int fd = open(path, O_RDONLY);
  if (fd < 0 || fstat(fd, &status) < 0) err(2, "%s", path);
  size_t size = (size_t)status.st_size;
  uint8_t *file = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
  if (file == MAP_FAILED) err(2, "%s", path);
  const Elf64_Ehdr *header = (const void *)file;
  if (size < sizeof *header || memcmp(file, ELFMAG "\2\1", 6) != 0) errx(2, "%s is not an ELF64 guest", path);
  for (int i = 0; i < header->e_phnum; i++) {
    const Elf64_Phdr *segment = (const void *)(file + header->e_phoff + (uint64_t)i * header->e_phentsize);
    if (segment->p_type != PT_LOAD) continue;
    if (segment->p_offset + segment->p_filesz > size || segment->p_paddr + segment->p_memsz > memory_size)
      errx(2, "segment %d of %s is outside of the file or of memory", i, path);
    memcpy(memory + segment->p_paddr, file + segment->p_offset, segment->p_filesz);
  }
  return header->e_entry;
}

/* PML4, PDPT, four page directories of 2 MiB pages, GDT, TSS: one page each. */
static void fill_tables(uint8_t *tables) {
  static const uint64_t gdt[] = {
      0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00009b000000ffff,
      0x000093000000ffff, (TSS & 0xffffff) << 16 | (TSS >> 24 & 0xff) << 56 | 0x00008b0000000067, TSS >> 32,
  };
  uint64_t *entries = (uint64_t *)tables;
  entries[0] = (TABLES + 0x1000) | 0x23;
  for (uint64_t i = 0; i < 4; i++) entries[512 + i] = (TABLES + 0x2000 + i * 0x1000) | 0x23;
  for (uint64_t i = 0; i < 2048; i++) entries[1024 + i] = i << 21 | 0xe3;
  memcpy(tables + 0x6000, gdt, sizeof gdt);
  memcpy(tables + 0x7066, &(uint16_t){0x68}, 2);
}

static void set_boot_state(uint64_t entry, uint64_t stack) {
  struct kvm_sregs s;
  CALL(vcpu, KVM_GET_SREGS, &s);
  s.cs = (struct kvm_segment){.limit = 0xffffffff, .selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1};
  s.ds = s.es = s.fs = s.gs = s.ss = (struct kvm_segment){
      .limit = 0xffffffff, .selector = 0x10, .type = 3, .present = 1, .db = 1, .s = 1, .g = 1};
  s.tr = (struct kvm_segment){.base = TSS, .limit = 0x67, .selector = 0x38, .type = 11, .present = 1};
  s.ldt = (struct kvm_segment){.unusable = 1};
  s.gdt = (struct kvm_dtable){.base = GDT, .limit = 0x47};
  s.idt = (struct kvm_dtable){.base = 0, .limit = 0};
  s.cr0 = 0x80050033, s.cr2 = 0, s.cr3 = TABLES, s.cr4 = 0x620, s.cr8 = 0, s.efer = 0x501;
  CALL(vcpu, KVM_SET_SREGS, &s);
  struct kvm_regs r = {.rip = entry, .rsp = stack, .rflags = 2};
  CALL(vcpu, KVM_SET_REGS, &r);
}

static void set_cpuid(void) {
  struct kvm_cpuid2 *cpuid = calloc(1, sizeof *cpuid + 256 * sizeof *cpuid->entries);
  if (!cpuid) err(3, "calloc");
  cpuid->nent = 256;
  CALL(kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
  CALL(vcpu, KVM_SET_CPUID2, cpuid);
  free(cpuid);
}

static void single_step(int on) {
  struct kvm_guest_debug debug = {.control = on ? KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP : 0};
  CALL(vcpu, KVM_SET_GUEST_DEBUG, &debug);
}

/* Serves one port access. Returns 0 when it was the debug exit. */
static int serve_port(int sink, int *exit_code) {
  uint8_t *data = (uint8_t *)run + run->io.data_offset;
  size_t size = (size_t)run->io.size * run->io.count;
  if (run->io.direction == KVM_EXIT_IO_IN) {
    memset(data, run->io.port == 0x3fd ? 0x60 : 0xff, size);
  } else if (run->io.port == 0xf4) {
    *exit_code = data[0];
    return 0;
  } else if (run->io.port == 0x3f8 && write(sink, data, size) < 0) {
    err(3, "/dev/null");
  }
  return 1;
}

/* One retired instruction a turn; returns how many there were. */
static uint64_t step_to_end(int *exit_code) {
  int sink = open("/dev/null", O_WRONLY);
  uint64_t steps = 0, last_rip = run->s.regs.regs.rip;
  for (;;) {
    if (ioctl(vcpu, KVM_RUN, 0) < 0) {
      if (errno != EINTR) err(3, "KVM_RUN");
      continue;
    }
    if (run->exit_reason == KVM_EXIT_IO) {
      int more = serve_port(sink, exit_code);
      run->immediate_exit = 1; /* completes the access, runs nothing further */
      if (ioctl(vcpu, KVM_RUN, 0) < 0 && errno != EINTR) err(3, "KVM_RUN");
      run->immediate_exit = 0;
      if (!more) return steps + 1;
    } else if (run->exit_reason == KVM_EXIT_HLT) {
      return steps + 1;
    } else if (run->exit_reason != KVM_EXIT_DEBUG) {
      errx(1, "exit %u at rip 0x%llx", run->exit_reason, run->s.regs.regs.rip);
    }
    /* The registers of this step; the same rip again is a REP that goes on, not a new step. */
    uint64_t rip = run->s.regs.regs.rip;
    if (rip != last_rip) steps++;
    last_rip = rip;
  }
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3) errx(2, "usage: step-loop GUEST.elf [MEMORY_BYTES]");
  size_t memory_size = argc == 3 ? strtoull(argv[2], NULL, 0) : (size_t)64 << 20;
  kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) err(3, "/dev/kvm");
  vm = CALL(kvm, KVM_CREATE_VM, 0);
  CALL(vm, KVM_SET_TSS_ADDR, 0xfffbd000);
  uint64_t entry = load_elf(argv[1], map_memory(0, 0, memory_size), memory_size);
  fill_tables(map_memory(1, TABLES, TABLES_SIZE));
  vcpu = CALL(vm, KVM_CREATE_VCPU, 0);
  size_t run_size = (size_t)CALL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
  if (run == MAP_FAILED) err(3, "mmap of the vCPU");
  set_cpuid();
  set_boot_state(entry, memory_size);
  run->kvm_valid_regs = KVM_SYNC_X86_REGS;
  run->s.regs.regs.rip = entry;
  single_step(1);

  int exit_code = -1;
  double start = seconds(CLOCK_MONOTONIC);
  uint64_t steps = step_to_end(&exit_code);
  double taken = seconds(CLOCK_MONOTONIC) - start;
  printf("{\"steps\":%llu,\"seconds\":%.6f,\"processSeconds\":%.3f,\"stepsPerSecond\":%.0f,\"exitCode\":%d}\n",
         (unsigned long long)steps, taken, process_seconds(), (double)steps / taken, exit_code);
  return 0;
}
