/*
 * Orders on a desk: a switch, sorting through callbacks, lists, texts. Macros choose what differs:
 * BANNER prints before anything else, ROUNDS is how often crunch goes round, LESS what by_value asks.
 */
#include "io.h"

#ifndef ROUNDS
#define ROUNDS 12
#endif
#ifndef LESS
#define LESS <
#endif
#ifndef GREETING
#define GREETING "desk "
#endif

struct order {
  struct order *next;
  long value;
  const char *name;
};

static struct order pool[16];
static const char *const names[4] = {"pen", "ink", "paper", "seal"};
struct order *first;
struct order *sorted[16];
int used;
long sum;
unsigned mark;

NOINLINE void put(char c) { outb(0xe9, c); }

NOINLINE void text(const char *s) {
  while (*s) put(*s++);
}

NOINLINE void number(long n) {
  char digits[24];
  int at = 23;
  digits[at] = 0;
  int negative = n < 0;
  if (negative) n = -n;
  do {
    digits[--at] = '0' + n % 10;
    n /= 10;
  } while (n);
  if (negative) digits[--at] = '-';
  text(digits + at);
}

NOINLINE struct order *add(long value) {
  struct order *order = &pool[used];
  order->value = value;
  order->name = names[used++ & 3];
  order->next = first;
  first = order;
  return order;
}

NOINLINE long apply(int op, long x) {
  switch (op) {
    case 0: return x + 1;
    case 1: return x * 3;
    case 2: return x ^ 0x55;
    case 3: return x >> 1;
    case 4: return x - 7;
    case 5: return x * x;
    case 6: return ~x;
    default: return x % 13;
  }
}

NOINLINE void stamp(long x) { mark = (mark << 5 | mark >> 27) ^ (unsigned)x; }

NOINLINE void crunch(void) {
  for (int i = 0; i < ROUNDS; i++) {
    sum = apply(i & 7, sum);
    if (i & 1) stamp(sum);
  }
  text("sum ");
  number(sum);
  put('\n');
}

typedef int less_t(const struct order *, const struct order *);

NOINLINE int by_value(const struct order *a, const struct order *b) {
  return a->value LESS b->value;
}

NOINLINE int by_name(const struct order *a, const struct order *b) {
  const char *x = a->name, *y = b->name;
  while (*x && *x == *y) x++, y++;
  return *x < *y;
}

NOINLINE void sort(struct order **list, int count, less_t *less) {
  for (int i = 1; i < count; i++) {
    struct order *moved = list[i];
    int j = i;
    while (j > 0 && less(moved, list[j - 1])) {
      list[j] = list[j - 1];
      j--;
    }
    list[j] = moved;
  }
}

NOINLINE void report(void) {
  int count = 0;
  for (struct order *each = first; each; each = each->next) sorted[count++] = each;
  sort(sorted, count, by_value);
  for (int i = 0; i < count; i++) {
    text(sorted[i]->name);
    put('=');
    number(sorted[i]->value);
    put(' ');
  }
  sort(sorted, count, by_name);
  for (int i = 0; i < count; i++) text(sorted[i]->name);
  put('\n');
}

#ifdef BANNER
NOINLINE void banner(void) { text("a banner that is new in this build\n"); }
#endif

int main(void) {
#ifdef BANNER
  banner();
#endif
  text(GREETING);
  for (long i = 0; i < 9; i++) add(i * i % 7);
  crunch();
  report();
  number(mark);
  return 0;
}
