/* Coroutines and threads, on stacks below and above each other. */
#include "machine.h"
#include "long-mode.h"

void switch_to(u64 **save, u64 *to);
ASM_FN(switch_to, "push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
                  "mov %rsp, (%rdi); mov %rsi, %rsp\n"
                  "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret");
/* As gcc's -mindirect-branch=thunk does. */
void thunk(void (*what)(void));
ASM_FN(thunk, "call 1f; 2: pause; jmp 2b; 1: mov %rdi, (%rsp); ret");

enum { SIZE = 1024, THREADS = 4 };
static struct {
  u64 stack[THREADS][SIZE];
} memory __attribute__((aligned(16)));
static u64 *saved[THREADS];
static volatile u64 sink;

FN void work(void) { sink++; }
FN void after(void) { sink++; }

static void prepare(int which, void (*body)(void)) {
  u64 *top = memory.stack[which] + SIZE - 2;
  *--top = (u64)body;
  for (int i = 0; i < 6; i++) *--top = 0;
  saved[which] = top;
}

/* Each stack in turn is that of the caller; coroutines lie below and above it. */
static int caller, callee;
FN void give(void) { switch_to(&saved[callee], saved[caller]); }
FN void generate(void) {
  for (;;) {
    work();
    give();
  }
}
FN void take(void) { switch_to(&saved[caller], saved[callee]); }
FN void consume(void) {
  prepare(callee, generate);
  for (int i = 0; i < 5; i++) {
    take();
    work();
  }
}
FN void coroutines(void) {
  for (callee = 0; callee < THREADS; callee++) {
    if (callee == caller) continue;
    consume();
    after();
  }
}

/* Threads: each goes on with the next, from a function that they share. */
static int current;
FN void yield(void) {
  int from = current;
  current = (current + 1) % THREADS;
  switch_to(&saved[from], saved[current]);
}
FN void turn(void) {
  work();
  yield();
}
FN void thread(void) {
  for (;;) turn();
}
FN void threads(void) {
  for (int i = 0; i < THREADS; i++) {
    if (i != caller) prepare(i, thread);
  }
  current = caller;
  for (int i = 0; i < 5; i++) turn();
}

/* The same by setjmp and longjmp. */
typedef u64 jump[8];
int set(jump) __attribute__((returns_twice));
void back(jump) __attribute__((noreturn));
ASM_FN(set, "mov %rbx, (%rdi); mov %rbp, 8(%rdi); mov %r12, 16(%rdi); mov %r13, 24(%rdi)\n"
            "mov %r14, 32(%rdi); mov %r15, 40(%rdi); lea 8(%rsp), %rdx; mov %rdx, 48(%rdi)\n"
            "mov (%rsp), %rdx; mov %rdx, 56(%rdi); xor %eax, %eax; ret");
ASM_FN(back, "mov (%rdi), %rbx; mov 8(%rdi), %rbp; mov 16(%rdi), %r12; mov 24(%rdi), %r13\n"
             "mov 32(%rdi), %r14; mov 40(%rdi), %r15; mov 48(%rdi), %rsp; mov $1, %eax\n"
             "jmp *56(%rdi)");
static jump jumps[THREADS];
FN void pass(void) {
  int from = current;
  current = (current + 1) % THREADS;
  if (set(jumps[from]) == 0) back(jumps[current]);
}
FN void lap(void) {
  work();
  pass();
}
FN void runner(void) {
  for (;;) lap();
}
FN void begin(void) {
  if (set(jumps[callee]) == 0) give();
  runner();
}
FN void runners(void) {
  for (callee = 0; callee < THREADS; callee++) {
    if (callee == caller) continue;
    prepare(callee, begin);
    take();
  }
  current = caller;
  for (int i = 0; i < 5; i++) lap();
}

/* Out of a coroutine, to where its caller caught. */
static jump out;
FN void leave(int n) {
  if (n == 0) back(out);
  leave(n - 1);
  sink++;
}
FN void leaver(void) { leave(3); }
FN void catch(void) {
  for (callee = 0; callee < THREADS; callee++) {
    if (callee == caller) continue;
    prepare(callee, leaver);
    if (set(out) == 0) take();
    work();
  }
}

FN void helper(void) { work(); }
FN void user(void) {
  thunk(helper);
  work();
}

FN void all(void) {
  coroutines();
  after();
  threads();
  after();
  runners();
  after();
  catch();
  after();
  user();
  after();
}

int main(void) {
  for (caller = 0; caller < THREADS; caller++) {
    call_on(memory.stack[caller] + SIZE, all);
    after();
  }
  return 0;
}
