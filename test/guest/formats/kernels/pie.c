/* Static pointers to text: they are right only where relocations were applied. */
static void out(char value) { __asm__ volatile("outb %0, $0xe9" : : "a"(value)); }
static const char *const words[] = {"one", "two", "three"};
extern const char image_start[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));

__attribute__((noinline)) static void print(const char *text) {
  while (*text) out(*text++);
}

void run(void) {
  unsigned long at = (unsigned long)image_start;
  print("at 0x");
  for (int shift = 20; shift >= 0; shift -= 4) out("0123456789abcdef"[at >> shift & 15]);
  print(":");
  for (int i = 0; i < 3; i++) print(" "), print(*(const char *volatile *)&words[i]);
  print("\n");
  __asm__ volatile("outb %0, $0xf4" : : "a"((char)0));
}

__asm__(".globl start\nstart:\n  call run\n1: hlt\n  jmp 1b\n");
