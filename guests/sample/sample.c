/*
 * The sample guest keeps the books of a small shop: each day it draws the sales, sorts them,
 * sums them up by customer, writes a report, counts the report's words and chains its SHA-256
 * to the days before. It prints a line a day and ends with exit code 0, or 1 when a check fails.
 */
#include "guest.h"

#ifndef ROUNDS
#define ROUNDS 4
#endif
enum { SALES = 96, REPORT = 8192, LINE = 160 };

static struct sale sales[SALES];
static struct table customers, words;
static char report_data[REPORT], line_data[LINE];
static struct text report = {report_data, 0, REPORT}, line = {line_data, 0, LINE};
static struct sha256 ledger;

static NOINLINE uint64_t sum_by_customer(void) {
  uint64_t total = 0;
  table_clear(&customers);
  for (size_t i = 0; i < SALES; i++) {
    struct entry *entry = table_insert(&customers, customer_name(sales[i].customer));
    if (entry) entry->value += sales[i].cents;
    total += sales[i].cents;
  }
  return total;
}

/* Who bought for less than 150.00 in all is not worth a letter. */
static NOINLINE size_t forget_small_customers(void) {
  size_t forgotten = 0;
  for (size_t i = 0; i < SALES; i++) {
    const char *name = customer_name(sales[i].customer);
    const struct entry *entry = table_find(&customers, name);
    if (entry && entry->value < 15000) forgotten += (size_t)table_delete(&customers, name);
  }
  return forgotten;
}

static NOINLINE void write_report(void) {
  text_clear(&report);
  for (size_t i = 0; i < SALES; i += 3) {
    text_add(&report, customer_name(sales[i].customer));
    text_add(&report, " bought ");
    text_add(&report, item_name(sales[i].item));
    text_add(&report, " for ");
    text_add_cents(&report, sales[i].cents);
    text_add(&report, ".\n");
  }
}

static NOINLINE void count_words(void) {
  char word[TABLE_NAME];
  for (size_t at = 0; (at = text_next_word(report.data, report.size, at, word, sizeof word));) {
    struct entry *entry = table_insert(&words, word);
    if (entry) entry->value++;
  }
}

static NOINLINE void print_day(unsigned day, uint64_t total, size_t forgotten) {
  const struct entry *best = table_largest(&customers);
  text_clear(&line);
  text_add(&line, "day ");
  text_add_number(&line, day);
  text_add(&line, ": ");
  text_add_cents(&line, total);
  text_add(&line, " sold, ");
  text_add_number(&line, customers.count);
  text_add(&line, " customers kept, ");
  text_add_number(&line, forgotten);
  text_add(&line, " forgotten, best ");
  text_add(&line, best ? best->name : "nobody");
  text_add(&line, "\n");
  serial_write(line.data);
}

static NOINLINE int run_day(unsigned day) {
  sales_draw(sales, SALES, day);
#ifdef INPUT_DAY /* For the benchmarks: late in the books, one byte from outside. */
  if (day == INPUT_DAY) sales[0].cents += serial_get();
#endif
  heap_sort(sales, SALES, by_cents);
  if (!is_sorted(sales, SALES, by_cents)) return 1;
  quick_sort(sales, SALES, by_customer);
  if (!is_sorted(sales, SALES, by_customer)) return 1;
  uint64_t total = sum_by_customer();
  size_t forgotten = forget_small_customers();
  write_report();
  count_words();
  sha256_add(&ledger, report.data, report.size);
  print_day(day, total, forgotten);
  return 0;
}

static NOINLINE void print_summary(void) {
  uint8_t digest[32];
  const struct entry *common = table_largest(&words);
  sha256_finish(&ledger, digest);
  text_clear(&line);
  text_add_number(&line, words.count);
  text_add(&line, " words, most of all ");
  text_add(&line, common ? common->name : "none");
  text_add(&line, "; ");
  text_add_number(&line, text_count(report.data, report.size, "honey"));
  text_add(&line, " times honey on the last day\nsha256 ");
  text_add_hex(&line, digest, sizeof digest);
  text_add(&line, "\n");
  serial_write(line.data);
}

int main(void) {
  serial_write("The books of a small shop\n");
  if (self_test() != 0) {
    serial_write("self test failed\n");
    return 1;
  }
  table_clear(&words);
  sha256_start(&ledger);
  for (unsigned day = 1; day <= ROUNDS; day++) {
    if (run_day(day) != 0) {
      serial_write("sorting failed\n");
      return 1;
    }
  }
  print_summary();
  return 0;
}
