#include "guest.h"

static const char *const customers[] = {
    "Ada",   "Alan",   "Barbara", "Blaise", "Charles", "Donald", "Dorothy", "Edsger",
    "Emmy",  "Frances", "Grace",  "Hedy",   "Ida",     "Jean",   "John",    "Katherine",
    "Konrad", "Leslie", "Margaret", "Niklaus", "Radia", "Rosa",  "Sophie",  "Tony",
};
static const char *const items[] = {
    "apples", "bread", "candles", "flour", "honey", "ink", "paper", "tea", "thread", "wool",
};

const char *customer_name(uint16_t customer) {
  return customers[customer];
}

const char *item_name(uint16_t item) {
  return items[item];
}

/* xorshift64*: the upper half of the product is good enough for a shop. */
static NOINLINE uint32_t draw(uint64_t *state, uint32_t below) {
  uint64_t x = *state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  *state = x;
  return (uint32_t)((x * 0x2545f4914f6cdd1d >> 32) % below);
}

void sales_draw(struct sale *sales, size_t count, uint64_t seed) {
  uint64_t state = seed * 0x9e3779b97f4a7c15 + 1;
  for (size_t i = 0; i < count; i++) {
    sales[i].number = (uint32_t)i + 1;
    sales[i].customer = (uint16_t)draw(&state, sizeof customers / sizeof *customers);
    sales[i].item = (uint16_t)draw(&state, sizeof items / sizeof *items);
    sales[i].cents = 25 + draw(&state, 20000);
  }
}
