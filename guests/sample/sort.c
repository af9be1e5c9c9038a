#include "guest.h"

static int compare(uint64_t a, uint64_t b) {
  return (a > b) - (a < b);
}

/* Ties are broken by the sale's number, so that every order is total. */
int by_customer(const struct sale *a, const struct sale *b) {
  int order = compare(a->customer, b->customer);
  return order ? order : compare(a->number, b->number);
}

int by_cents(const struct sale *a, const struct sale *b) {
  int order = compare(a->cents, b->cents);
  return order ? order : compare(a->number, b->number);
}

static void swap(struct sale *a, struct sale *b) {
  struct sale held = *a;
  *a = *b;
  *b = held;
}

static NOINLINE void insertion_sort(struct sale *sales, size_t count, sale_order *order) {
  for (size_t i = 1; i < count; i++)
    for (size_t j = i; j && order(&sales[j - 1], &sales[j]) > 0; j--) swap(&sales[j - 1], &sales[j]);
}

/* Puts the middle sale where it belongs and returns that place. */
static NOINLINE size_t partition(struct sale *sales, size_t count, sale_order *order) {
  size_t store = 0;
  swap(&sales[count / 2], &sales[count - 1]);
  for (size_t i = 0; i + 1 < count; i++)
    if (order(&sales[i], &sales[count - 1]) < 0) swap(&sales[i], &sales[store++]);
  swap(&sales[store], &sales[count - 1]);
  return store;
}

NOINLINE void quick_sort(struct sale *sales, size_t count, sale_order *order) {
  if (count <= 8) {
    insertion_sort(sales, count, order);
    return;
  }
  size_t pivot = partition(sales, count, order);
  quick_sort(sales, pivot, order);
  quick_sort(sales + pivot + 1, count - pivot - 1, order);
}

static NOINLINE void sift_down(struct sale *sales, size_t root, size_t count, sale_order *order) {
  for (size_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && order(&sales[child], &sales[child + 1]) < 0) child++;
    if (order(&sales[root], &sales[child]) >= 0) return;
    swap(&sales[root], &sales[child]);
  }
}

void heap_sort(struct sale *sales, size_t count, sale_order *order) {
  for (size_t root = count / 2; root--;) sift_down(sales, root, count, order);
  for (size_t left = count; left > 1;) {
    swap(&sales[0], &sales[--left]);
    sift_down(sales, 0, left, order);
  }
}

int is_sorted(const struct sale *sales, size_t count, sale_order *order) {
  for (size_t i = 1; i < count; i++)
    if (order(&sales[i - 1], &sales[i]) > 0) return 0;
  return 1;
}
