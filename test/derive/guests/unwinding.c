/* Calls that are left without a return: longjmp in its forms, from deep down and out of handlers. */
#include "machine.h"
#include "long-mode.h"

typedef u64 jump[8];

int set(jump) __attribute__((returns_twice));
void back(jump) __attribute__((noreturn));
void back_by_ret(jump) __attribute__((noreturn));

ASM_FN(set, "mov %rbx, (%rdi); mov %rbp, 8(%rdi); mov %r12, 16(%rdi); mov %r13, 24(%rdi)\n"
            "mov %r14, 32(%rdi); mov %r15, 40(%rdi); lea 8(%rsp), %rdx; mov %rdx, 48(%rdi)\n"
            "mov (%rsp), %rdx; mov %rdx, 56(%rdi); xor %eax, %eax; ret");
#define RESTORE                                                                                  \
  "mov (%rdi), %rbx; mov 8(%rdi), %rbp; mov 16(%rdi), %r12; mov 24(%rdi), %r13\n"                \
  "mov 32(%rdi), %r14; mov 40(%rdi), %r15; mov 48(%rdi), %rsp; mov $1, %eax\n"
ASM_FN(back, RESTORE "jmp *56(%rdi)");
ASM_FN(back_by_ret, RESTORE "push 56(%rdi); ret");

static jump there;
static volatile u64 sink;

FN void work(void) { sink++; }

/* 4 KiB of stack a call. */
FN void wide(int n) {
  volatile u8 room[4096];
  room[n] = 1;
  if (n == 0) back(there);
  wide(n - 1);
  sink += room[n];
}
FN void catch_wide(void) {
  if (set(there) == 0) wide(600);
  work();
}

FN void narrow(int n, int by_ret) {
  if (n == 0 && by_ret) back_by_ret(there);
  if (n == 0) back(there);
  narrow(n - 1, by_ret);
  sink++;
}
FN void catch_narrow(int by_ret) {
  if (set(there) == 0) narrow(5000, by_ret);
  work();
}

/* One of the recursive calls catches. */
FN void nested(int n) {
  if (n == 10) {
    if (set(there) == 0) nested(n - 1);
    work();
  } else if (n == 0) {
    back(there);
  } else {
    nested(n - 1);
  }
  sink++;
}

FN void fail(void) { __asm__ volatile("ud2"); }
FN void fail_with_code(void) { __asm__ volatile("mov %0, %%fs" : : "r"(0x1000)); }
FN void handled(void) { sink++; }
void on_fault(void);
ASM_FN(on_fault, "call handled; lea there(%rip), %rdi; call back");

FN void catch_fault(void (*what)(void)) {
  if (set(there) == 0) what();
  work();
}
/* The faulting function itself catches: its handler goes on at a place that nothing calls. */
void probe(void);
ASM_FN(probe, "lea 1f(%rip), %rax; mov %rax, probe_ip(%rip); mov %rsp, probe_sp(%rip); nop\n"
              "ud2; 1: nop; nop; jmp 2f; nop; 2: ret");
u64 probe_ip, probe_sp;
void on_probe(void);
ASM_FN(on_probe, "call handled; mov probe_sp(%rip), %rsp; jmp *probe_ip(%rip)");

FN void after(void) { sink++; }

/* Where handlers run, below and above the stack of main. */
static struct {
  u64 low[1024], middle[8192], high[1024];
} stacks __attribute__((aligned(16)));

FN void faults(int stack) {
  u64 tops[] = {0, (u64)(stacks.low + 1024), (u64)(stacks.high + 1024)};
  use_stack(tops[stack]);
  gate(6, on_fault, stack != 0);
  gate(13, on_fault, stack != 0);
  catch_fault(fail);
  after();
  catch_fault(fail_with_code);
  after();
  gate(6, on_probe, stack != 0);
  probe();
  after();
}

FN void all_faults(void) {
  for (int stack = 0; stack < 3; stack++) faults(stack);
}

int main(void) {
  load_gates();
  catch_wide();
  after();
  catch_narrow(0);
  after();
  catch_narrow(1);
  after();
  nested(20);
  after();
  call_on(stacks.middle + 8192, all_faults);
  after();
  return 0;
}
