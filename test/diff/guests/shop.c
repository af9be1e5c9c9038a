/* A small program with calls, a table of pointers and output; what it does is chosen by macros. */
#include "io.h"

#ifndef LIMIT
#define LIMIT 20
#endif

struct item {
  const char *name;
  int price;
  struct item *next;
};

static struct item items[3] = {{"pear", 3, 0}, {"fig", 7, 0}, {"nut", 11, 0}};
struct item *first;
uint64_t total;
#ifdef EXTRA_CALL
uint64_t audits;
#endif

NOINLINE void write_text(const char *text) {
  while (*text) outb(0xe9, *text++);
}

NOINLINE void write_number(uint64_t number) {
  char digits[21];
  int at = 20;
  digits[at] = 0;
  do {
    digits[--at] = '0' + number % 10;
    number /= 10;
  } while (number != 0);
  write_text(digits + at);
}

#ifdef EXTRA_CALL
NOINLINE void audit(int price) { audits += price; }
#endif

#ifdef INLINE_PRICE
static inline __attribute__((always_inline))
#else
NOINLINE
#endif
int price_of(const struct item *item, int count) {
  int price = item->price * count;
  if (price > LIMIT) price -= price / 10;
  return price;
}

NOINLINE void link_items(void) {
  for (int i = 2; i >= 0; i--) {
    items[i].next = first;
    first = &items[i];
  }
}

NOINLINE void sell(int count) {
  for (struct item *item = first; item; item = item->next) {
    int price = price_of(item, count);
#ifdef EXTRA_CALL
    audit(price);
#endif
    total += price;
    write_text(item->name);
    write_text(" ");
    write_number(price);
    write_text("\n");
  }
}

int main(void) {
  link_items();
  for (int count = 1; count <= 4; count++) sell(count);
  write_number(total);
  return 0;
}
