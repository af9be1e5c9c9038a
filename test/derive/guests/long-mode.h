/* Gates of long mode, and stacks. */
static struct {
  u16 low, selector;
  u8 ist, access;
  u16 middle;
  u32 high, zero;
} __attribute__((packed)) idt[256];

static inline void load_gates(void) {
  struct {
    u16 limit;
    u64 base;
  } __attribute__((packed)) idtr = {sizeof idt - 1, (u64)idt};
  __asm__ volatile("lidt %0" : : "m"(idtr));
}

static inline void gate(int vector, void (*handler)(void), int ist) {
  u64 at = (u64)handler;
  idt[vector].low = at;
  idt[vector].selector = 8;
  idt[vector].ist = ist;
  idt[vector].access = 0x8e;
  idt[vector].middle = at >> 16;
  idt[vector].high = at >> 32;
}

/* The first entry of the interrupt stack table, in the task state segment that the guest starts with. */
static inline void use_stack(u64 top) {
  volatile u32 *entry = (u32 *)(0xffff7000 + 36);
  entry[0] = top;
  entry[1] = top >> 32;
}

/* Calls a function on another stack. */
void call_on(u64 *top, void (*what)(void));
ASM_FN(call_on, "push %rbp; mov %rsp, %rbp; mov %rdi, %rsp; call *%rsi; mov %rbp, %rsp; pop %rbp; ret");
