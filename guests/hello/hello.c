/* The smallest guest worth a trace: greets, computes, and says what it computed. */
#include "../sample/guest.h"

static NOINLINE unsigned fibonacci(unsigned n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static NOINLINE void report(unsigned n, unsigned value) {
  char data[64];
  struct text line = {data, 0, sizeof data};
  text_clear(&line);
  text_add(&line, "fibonacci(");
  text_add_number(&line, n);
  text_add(&line, ") = ");
  text_add_number(&line, value);
  text_add(&line, "\n");
  serial_write(data);
}

int main(void) {
  serial_write("Hello from a KVM guest\n");
  report(9, fibonacci(9));
  return 0;
}
