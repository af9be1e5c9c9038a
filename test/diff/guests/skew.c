/*
 * Reads a byte that says how much to do, does it, and then goes on as ever: from there on its input,
 * or with TIMER the counter of the timer, is read at another position.
 */
#include "io.h"

volatile uint32_t sum;

NOINLINE int read_byte(void) { return inb(0x3fd) & 1 ? inb(0x3f8) : -1; }

#ifdef TIMER
/* Counter 0 of the 8254, which steps drive. */
NOINLINE uint32_t read_timer(void) {
  outb(0x43, 0);
  uint32_t low = inb(0x40);
  return low | (uint32_t)inb(0x40) << 8;
}
#endif

int main(void) {
  int count = read_byte() - '0';
#ifdef TIMER
  outb(0x43, 0x34);
  outb(0x40, 0xff);
  outb(0x40, 0xff);
  for (int i = 0; i < count * 7; i++) sum += i;
  for (int i = 0; i < 20; i++) {
    uint32_t now = read_timer();
    sum += now;
    outb(0xe9, now & 1 ? 'o' : 'e');
  }
#else
  /* Without asking whether there are any. */
  for (int i = 0; i < count; i++) sum += inb(0x3f8);
#endif
  for (int byte; (byte = read_byte()) >= 0;) {
    sum += byte;
    if (byte >= 'a') outb(0xe9, byte);
  }
  outb(0xe9, '.');
  return 0;
}
