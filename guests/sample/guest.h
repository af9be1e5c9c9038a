/* What the parts of the sample guest share. No libc: everything it needs stands here. */
#ifndef GUEST_H
#define GUEST_H

#include <stddef.h>
#include <stdint.h>

/* Kept as functions of their own, so that a recording shows a call tree and not one large body. */
#define NOINLINE __attribute__((noinline))

/* serial.c: COM1, polled. */
void serial_write(const char *text);
uint8_t serial_get(void); /* Only with INPUT_DAY. */

/* string.c */
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t string_length(const char *text);
int string_compare(const char *a, const char *b);

/* text.c: a growing line of text in a fixed buffer; what does not fit is cut off. */
struct text {
  char *data;
  size_t size;
  size_t capacity;
};
void text_clear(struct text *text);
void text_add(struct text *text, const char *part);
void text_add_number(struct text *text, uint64_t number);
void text_add_cents(struct text *text, uint64_t cents);
void text_add_hex(struct text *text, const uint8_t *bytes, size_t size);
size_t text_next_word(const char *text, size_t size, size_t from, char *word, size_t capacity);
size_t text_count(const char *text, size_t size, const char *pattern);

/* siphash.c: SipHash-2-4. */
uint64_t siphash(const uint8_t key[16], const void *data, size_t size);

/* sha256.c */
struct sha256 {
  uint32_t state[8];
  uint64_t size;
  uint8_t block[64];
};
void sha256_start(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t size);
void sha256_finish(struct sha256 *hash, uint8_t digest[32]);

/* sale.c: what a shop sells in a day, drawn from a seeded generator. */
struct sale {
  uint32_t number;
  uint32_t cents;
  uint16_t customer;
  uint16_t item;
};
void sales_draw(struct sale *sales, size_t count, uint64_t seed);
const char *customer_name(uint16_t customer);
const char *item_name(uint16_t item);

/* sort.c */
typedef int sale_order(const struct sale *a, const struct sale *b);
int by_customer(const struct sale *a, const struct sale *b);
int by_cents(const struct sale *a, const struct sale *b);
void quick_sort(struct sale *sales, size_t count, sale_order *order);
void heap_sort(struct sale *sales, size_t count, sale_order *order);
int is_sorted(const struct sale *sales, size_t count, sale_order *order);

/* table.c: name -> number, chained, keyed with SipHash. */
#define TABLE_BUCKETS 64
#define TABLE_ENTRIES 256
#define TABLE_NAME 24
struct entry {
  struct entry *next;
  uint64_t value;
  char name[TABLE_NAME];
};
struct table {
  struct entry *buckets[TABLE_BUCKETS];
  struct entry *free;
  struct entry entries[TABLE_ENTRIES];
  size_t count;
};
void table_clear(struct table *table);
struct entry *table_find(struct table *table, const char *name);
struct entry *table_insert(struct table *table, const char *name);
int table_delete(struct table *table, const char *name);
const struct entry *table_largest(const struct table *table);

/* selftest.c: known answers; 0 when all are right. */
int self_test(void);

#endif
