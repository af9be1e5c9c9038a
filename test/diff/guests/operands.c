/* A byte of input, and one instruction that reads it in an unusual way before a branch does. */
#include "io.h"

uint8_t data[1 << 18] __attribute__((aligned(4096)));
uint8_t copy[1 << 18] __attribute__((aligned(4096)));

struct gate {
  uint16_t low, selector, type, middle;
  uint32_t high, reserved;
} __attribute__((packed));

struct table {
  uint16_t limit;
  uint64_t base;
} __attribute__((packed));

/* Leaves nothing of the byte in registers. */
#define CLEAR() __asm__ volatile("xor %%eax, %%eax; xor %%ecx, %%ecx; xor %%edx, %%edx" ::: "rax", "rcx", "rdx", "memory")

#define BIT_TEST(name, offset)                                                            \
  __asm__ volatile(name " %2, %1; setc %0" : "=q"(result), "+m"(data[4096]) : "r"((int64_t)(offset)) : "memory", "cc")

NOINLINE int decide(int byte) {
  uint8_t result = 0;
#if defined(BT)
  data[4096 + 100] = byte == 'a';
  CLEAR();
  BIT_TEST("btq", 800);
#elif defined(BTR)
  data[4096 - 8] = byte == 'a';
  CLEAR();
  BIT_TEST("btrq", -64);
#elif defined(BTS)
  data[4096 - 1] = byte == 'a' ? 0x80 : 0;
  CLEAR();
  BIT_TEST("btsq", -1);
#elif defined(DOWN)
  data[10] = byte;
  CLEAR();
  uint8_t *from = data + 31, *to = copy + 31;
  uint64_t count = 32;
  __asm__ volatile("std; rep movsb; cld" : "+S"(from), "+D"(to), "+c"(count)::"memory");
  result = copy[10] == 'a';
#elif defined(WIDE)
  data[sizeof data - 1] = byte;
  CLEAR();
  uint8_t *from = data, *to = copy;
  uint64_t count = sizeof data / 8;
  __asm__ volatile("rep movsq" : "+S"(from), "+D"(to), "+c"(count)::"memory");
  result = copy[sizeof copy - 1] == 'a';
#elif defined(XLAT)
  data[5] = byte;
  CLEAR();
  uint64_t index = 0x1234500000000005;
  __asm__ volatile("xlat" : "+a"(index) : "b"(data) : "memory");
  result = (uint8_t)index == 'a';
#elif defined(PAGE)
  /* The page at 4 MiB, whose entry is there, leads to the first or the second 2 MiB. */
  uint64_t *table;
  __asm__ volatile("mov %%cr3, %0" : "=r"(table));
  for (int level = 0; level < 2; level++) table = (uint64_t *)(table[0] & ~0xfffull);
  *(volatile uint8_t *)0x200800 = 1;
  table[2] = (table[1] & 0xfff) | (byte == 'a' ? 0x200000 : 0);
  CLEAR();
  __asm__ volatile("invlpg 0x400800; movzbl 0x400800, %%eax" : "=a"(result)::"memory");
#elif defined(GATE)
  static struct gate gates[8];
  __asm__ volatile goto("" : : : "memory" : one, two);
  uint64_t target = (uint64_t)(byte == 'a' ? &&one : &&two);
  struct table idtr = {sizeof gates - 1, (uint64_t)gates};
  gates[6] = (struct gate){target, 8, 0x8e00, target >> 16, target >> 32, 0};
  __asm__ volatile("lidt %0" ::"m"(idtr) : "memory");
  CLEAR();
  __asm__ volatile("ud2");
one:
  outb(0xe9, '1');
  outb(0xf4, 0);
two:
  outb(0xe9, '2');
  outb(0xf4, 0);
#elif defined(SEGMENT)
  /* gs gets its base from a descriptor of which a byte was read. */
  static uint64_t descriptors[16] __attribute__((aligned(16)));
  struct table gdtr;
  __asm__ volatile("sgdt %0" : "=m"(gdtr));
  for (int i = 0; i < 8; i++) descriptors[i] = ((uint64_t *)gdtr.base)[i];
  descriptors[9] = 0x00cf92000000ffff | (uint64_t)(byte == 'a' ? 64 : 0) << 16;
  gdtr.base = (uint64_t)descriptors;
  gdtr.limit = sizeof descriptors - 1;
  data[64] = 1;
  __asm__ volatile("lgdt %0" ::"m"(gdtr) : "memory");
  CLEAR();
  __asm__ volatile("mov %1, %%gs; mov %%gs:data, %0" : "=q"(result) : "r"(72) : "memory");
#endif
  CLEAR();
  if (result) outb(0xe9, '1');
  else outb(0xe9, '2');
  return 0;
}

int main(void) {
  decide(inb(0x3f8));
  return 0;
}
