/* Reads bytes from COM1 until there are none, classifies each, writes it to port 0xe9. */
#include "io.h"

int counts[4];

NOINLINE int read_byte(void) { return inb(0x3fd) & 1 ? inb(0x3f8) : -1; }

NOINLINE void write_byte(int byte) { outb(0xe9, byte); }

NOINLINE int classify(int byte) {
  if (byte >= '0' && byte <= '9') return 1;
  if (byte >= 'a' && byte <= 'z') return 2;
  return 3;
}

int main(void) {
  for (int byte; (byte = read_byte()) >= 0;) {
    int kind = classify(byte);
    counts[kind]++;
    write_byte(kind == 2 ? byte - 32 : byte);
  }
  for (int i = 0; i < 4; i++) write_byte('0' + counts[i]);
  return 0;
}
