/* A kernel for three boot protocols; prints what its loader told it. MULTIBOOT is 1 or 2, or PVH is set. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

static void out(u8 value) { __asm__ volatile("outb %0, $0xe9" : : "a"(value)); }
static void print(const char *text) { while (*text) out(*text++); }
static void hex(u64 value) {
  char digits[17];
  int at = 16;
  digits[at] = 0;
  do digits[--at] = "0123456789abcdef"[value & 15];
  while ((value >>= 4) != 0);
  print(digits + at);
}
static void line(const char *what, u64 value) { print(what), print(" "), hex(value), print("\n"); }
static void range(u64 start, u64 size, u32 type) { print("range "), hex(start), print(" "), hex(size), line("", type); }
static void done(void) { __asm__ volatile("outb %0, $0xf4" : : "a"((u8)0)); }

/* A word in data that the image's own end depends on: is all of it loaded, and is .bss zero? */
static u32 filled = 0x1234;
static u32 zero[2000];

static void common(void) {
  line("data", filled);
  line("bss", zero[0] | zero[1999]);
}

#if MULTIBOOT == 1
__attribute__((section(".header"), used)) static const u32 header[] = {0x1badb002, 3, -(0x1badb002 + 3)};
struct range1 { u32 size; u64 base, length; u32 type; } __attribute__((packed));
void kernel(u32 eax, u32 *info) {
  line("eax", eax);
  line("flags", info[0]);
  line("lower", info[1]), line("upper", info[2]);
  print("command line: "), print((char *)info[4]), print("\n");
  print("loader: "), print((char *)info[16]), print("\n");
  u32 *module = (u32 *)info[6];
  for (u32 i = 0; i < info[5]; i++, module += 4) {
    line("module bytes", module[1] - module[0]);
    line("module page offset", module[0] & 4095);
    print("module text: "), print((char *)module[2]), print("\n");
    for (u32 at = module[0]; at < module[1]; at++) out(*(u8 *)at);
  }
  for (u32 at = info[12]; at < info[12] + info[11];) {
    struct range1 *each = (struct range1 *)at;
    range(each->base, each->length, each->type);
    at += each->size + 4;
  }
  common(), done();
}
#elif MULTIBOOT == 2
__attribute__((section(".header"), used, aligned(8))) static const u32 header[] = {
    0xe85250d6, 0, 24, -(0xe85250d6 + 24), 0, 8};
void kernel(u32 eax, u32 *info) {
  line("eax", eax);
  for (u32 at = (u32)info + 8;;) {
    u32 *tag = (u32 *)at;
    if (tag[0] == 0) break;
    if (tag[0] == 1) print("command line: "), print((char *)(tag + 2)), print("\n");
    if (tag[0] == 2) print("loader: "), print((char *)(tag + 2)), print("\n");
    if (tag[0] == 3) {
      line("module bytes", tag[3] - tag[2]);
      print("module text: "), print((char *)(tag + 4)), print("\n");
    }
    if (tag[0] == 4) line("lower", tag[2]), line("upper", tag[3]);
    if (tag[0] == 6)
      for (u32 entry = at + 16; entry < at + tag[1]; entry += tag[2])
        range(*(u64 *)entry, *(u64 *)(entry + 8), *(u32 *)(entry + 16));
    at += (tag[1] + 7) & ~7;
  }
  common(), done();
}
#else
__asm__(".section .note, \"a\", @note\n.long 4, 4, 18\n.asciz \"Xen\"\n.long start\n.text\n");
void kernel(u32 eax, u32 *info) {
  line("magic", info[0]);
  line("version", info[1]);
  line("modules", info[3]);
  u64 *module = (u64 *)info[4];
  for (u32 i = 0; i < info[3]; i++, module += 4) {
    line("module bytes", module[1]);
    print("module text: "), print((char *)(u32)module[2]), print("\n");
  }
  print("command line: "), print((char *)info[6]), print("\n");
  u64 *map = (u64 *)info[10];
  for (u32 i = 0; i < info[12]; i++, map += 3) range(map[0], map[1], (u32)map[2]);
  (void)eax;
  common(), done();
}
#endif

__asm__(
    ".text\n.globl start\nstart:\n  mov $stack_end, %esp\n  push %ebx\n  push %eax\n  call kernel\n1: hlt\n  jmp 1b\n"
    ".bss\n.space 4096\nstack_end:\n.text\n");
