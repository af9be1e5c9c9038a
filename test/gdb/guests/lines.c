/* For stepping over source lines: each statement stands on its own line. */
static volatile int total;

static int twice(int n) {
  int doubled = n * 2;
  return doubled;
}

int main(void) {
  total = 1;
  for (int i = 1; i <= 3; i++) {
    int more = twice(i);
    total = total + more;
  }
  return total;
}
