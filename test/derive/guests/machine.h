/* What the guests here need of the machine: functions in assembly, gates, the timer. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

/* noipa: of such functions every call is a call, made anew, and of what their names say. */
#define FN __attribute__((noipa))

/* A function in assembly, with the type and size that symbols of functions have. */
#define ASM_FN(name, code)                                                                         \
  __asm__(".text\n.globl " #name "\n.type " #name ",@function\n" #name ":\n" code "\n.size " #name \
          ", . - " #name "\n")

static inline void outb(u16 port, u8 value) {
  __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
