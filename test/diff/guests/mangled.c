/* What a C++ compiler would call these: class Shop { static int total; static int sell(int); }. */
#include "io.h"

#ifndef PRICE
#define PRICE 3
#endif

int total __asm__("_ZN4Shop5totalE");
__attribute__((noinline)) int sell(int) __asm__("_ZN4Shop4sellEi");

int sell(int count) {
  total += count * PRICE;
  return total;
}

int main(void) {
  int last = 0;
  for (int i = 0; i < 8; i++) last = sell(i);
  return last & 1;
}
