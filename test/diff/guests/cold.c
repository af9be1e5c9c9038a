/* `work` has a part that seldom runs, which gcc moves away as work.cold. */
#include "io.h"

volatile int extra;
int complaints[16];
int used;

NOINLINE __attribute__((cold)) void complain(int x) { complaints[used++ & 15] = x; }

NOINLINE int work(int x) {
  int sum = x;
  if (__builtin_expect(x % 7 == 3, 0)) {
    complain(x);
    complain(x + 1);
    sum += extra++;
  }
  for (int i = 0; i < 10; i++) sum = sum * 3 + i;
  return sum;
}

int main(void) {
  int total = 0;
  for (int i = 0; i < 50; i++) total += work(i);
  outb(0xe9, '0' + (unsigned)total % 10);
  return 0;
}
