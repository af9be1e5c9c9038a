#include "guest.h"

enum { COM1 = 0x3f8, LINE_STATUS = COM1 + 5, TRANSMITTER_EMPTY = 0x20 };

static inline uint8_t port_read(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static inline void port_write(uint16_t port, uint8_t value) {
  __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static NOINLINE void serial_put(char c) {
  while (!(port_read(LINE_STATUS) & TRANSMITTER_EMPTY)) {
  }
  port_write(COM1, (uint8_t)c);
}

void serial_write(const char *text) {
  for (; *text; text++) serial_put(*text);
}

#ifdef INPUT_DAY
uint8_t serial_get(void) {
  return port_read(COM1);
}
#endif
