/* Threads that the timer takes turns with, and an interrupt handler on a stack of its own. */
#include "machine.h"
#include "long-mode.h"

enum { SIZE = 1024, THREADS = 3 };
static u64 stack[THREADS][SIZE] __attribute__((aligned(16)));
u64 own_stack[SIZE] __attribute__((aligned(16)));
static u64 *saved[THREADS];
static volatile u64 ticks, sink;
static int current;

FN void tick(void) {
  ticks++;
  outb(0x20, 0x20);
}
FN u64 *schedule(u64 *pointer) {
  saved[current] = pointer;
  current = (current + 1) % THREADS;
  return saved[current];
}

#define SAVE                                                                                     \
  "push %rax; push %rcx; push %rdx; push %rsi; push %rdi; push %r8; push %r9; push %r10\n"       \
  "push %r11; push %rbx; push %rbp\n"
#define RESTORE                                                                                  \
  "pop %rbp; pop %rbx; pop %r11; pop %r10; pop %r9; pop %r8; pop %rdi; pop %rsi; pop %rdx\n"     \
  "pop %rcx; pop %rax\n"
/* As kernels have it: a stub for each vector, and what they share. */
void on_timer(void);
ASM_FN(on_timer, "push $32; jmp common");
ASM_FN(common, SAVE "mov %rsp, %rbx; lea own_stack+8192(%rip), %rsp; call tick; mov %rbx, %rsp\n"
                    "mov %rsp, %rdi; call schedule; mov %rax, %rsp\n" RESTORE
                    "add $8, %rsp; iretq");

FN void work(void) { sink++; }
FN void spin(void) {
  for (int i = 0; i < 10; i++) work();
}
FN void thread(void) {
  for (;;) spin();
}
FN void after(void) { sink++; }

static void prepare(int which) {
  u64 *top = stack[which] + SIZE - 2;
  u64 pointer = (u64)top;
  *--top = 0x10;
  *--top = pointer;
  *--top = 0x202;
  *--top = 8;
  *--top = (u64)thread;
  for (int i = 0; i < 12; i++) *--top = 0;
  saved[which] = top;
}

FN void mine(void) {
  prepare(current == 0 ? 1 : 0);
  prepare(current == 2 ? 1 : 2);
  ticks = 0;
  __asm__ volatile("sti");
  while (ticks < 20) spin();
  __asm__ volatile("cli");
  after();
}

int main(void) {
  load_gates();
  gate(32, on_timer, 0);
  outb(0x20, 0x11);
  outb(0x21, 0x20);
  outb(0x21, 4);
  outb(0x21, 1);
  outb(0x21, 0xfe);
  outb(0x43, 0x34);
  outb(0x40, 0x80);
  outb(0x40, 0);
  for (current = 0; current < THREADS; current++) {
    int which = current;
    call_on(stack[which] + SIZE, mine);
    current = which;
    after();
  }
  return 0;
}
