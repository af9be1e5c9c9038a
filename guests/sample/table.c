#include "guest.h"

static const uint8_t table_key[16] = "a shop's ledger";

static NOINLINE struct entry **table_bucket(struct table *table, const char *name) {
  return &table->buckets[siphash(table_key, name, string_length(name)) % TABLE_BUCKETS];
}

void table_clear(struct table *table) {
  memset(table->buckets, 0, sizeof table->buckets);
  table->free = NULL;
  table->count = 0;
  for (size_t i = TABLE_ENTRIES; i--;) {
    table->entries[i].next = table->free;
    table->free = &table->entries[i];
  }
}

/* The link that points at the entry of that name, or at the end of its chain. */
static NOINLINE struct entry **table_link(struct table *table, const char *name) {
  struct entry **link = table_bucket(table, name);
  while (*link && string_compare((*link)->name, name) != 0) link = &(*link)->next;
  return link;
}

struct entry *table_find(struct table *table, const char *name) {
  return *table_link(table, name);
}

/* The entry of that name, made with value 0 when there is none; NULL when the table is full. */
struct entry *table_insert(struct table *table, const char *name) {
  struct entry **link = table_link(table, name), *entry = *link;
  size_t size = string_length(name) + 1;
  if (entry) return entry;
  if (!table->free || size > TABLE_NAME) return NULL;
  entry = table->free;
  table->free = entry->next;
  memcpy(entry->name, name, size);
  entry->value = 0;
  entry->next = NULL;
  table->count++;
  return *link = entry;
}

int table_delete(struct table *table, const char *name) {
  struct entry **link = table_link(table, name), *entry = *link;
  if (!entry) return 0;
  *link = entry->next;
  entry->next = table->free;
  table->free = entry;
  table->count--;
  return 1;
}

const struct entry *table_largest(const struct table *table) {
  const struct entry *largest = NULL;
  for (size_t i = 0; i < TABLE_BUCKETS; i++)
    for (const struct entry *entry = table->buckets[i]; entry; entry = entry->next)
      if (!largest || entry->value > largest->value) largest = entry;
  return largest;
}
