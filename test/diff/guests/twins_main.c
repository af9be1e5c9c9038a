/* Calls what uses either of the functions that share a name. */
#include "io.h"

int a_entry(int);
int b_entry(int);

int main(void) {
  int sum = 0;
  for (int i = 0; i < 5; i++) sum += a_entry(i) + b_entry(i);
  outb(0xe9, '0' + sum % 10);
  return 0;
}
