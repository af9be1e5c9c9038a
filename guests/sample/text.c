#include "guest.h"

void text_clear(struct text *text) {
  text->size = 0;
  text->data[0] = 0;
}

static NOINLINE void text_put(struct text *text, char c) {
  if (text->size + 1 >= text->capacity) return;
  text->data[text->size++] = c;
  text->data[text->size] = 0;
}

void text_add(struct text *text, const char *part) {
  while (*part) text_put(text, *part++);
}

/* The digits come out lowest first: the recursion puts them the right way round. */
NOINLINE void text_add_number(struct text *text, uint64_t number) {
  if (number >= 10) text_add_number(text, number / 10);
  text_put(text, (char)('0' + number % 10));
}

void text_add_cents(struct text *text, uint64_t cents) {
  text_add_number(text, cents / 100);
  text_put(text, '.');
  text_put(text, (char)('0' + cents / 10 % 10));
  text_put(text, (char)('0' + cents % 10));
}

void text_add_hex(struct text *text, const uint8_t *bytes, size_t size) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < size; i++) {
    text_put(text, digits[bytes[i] >> 4]);
    text_put(text, digits[bytes[i] & 15]);
  }
}

static int is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* Copies the next word in lower case; returns where to go on, or 0 when there is none. */
size_t text_next_word(const char *text, size_t size, size_t from, char *word, size_t capacity) {
  size_t length = 0;
  while (from < size && !is_letter(text[from])) from++;
  if (from == size) return 0;
  for (; from < size && is_letter(text[from]); from++)
    if (length + 1 < capacity) word[length++] = lower(text[from]);
  word[length] = 0;
  return from;
}

static NOINLINE void prepare_skips(uint8_t skips[256], const char *pattern, size_t length) {
  memset(skips, (int)length, 256);
  for (size_t i = 0; i + 1 < length; i++) skips[(uint8_t)pattern[i]] = (uint8_t)(length - 1 - i);
}

/* How often the pattern (1 to 255 bytes) occurs, found the way of Boyer, Moore and Horspool. */
size_t text_count(const char *text, size_t size, const char *pattern) {
  uint8_t skips[256];
  size_t length = string_length(pattern), count = 0;
  prepare_skips(skips, pattern, length);
  for (size_t at = 0; at + length <= size; at += skips[(uint8_t)text[at + length - 1]])
    if (memcmp(text + at, pattern, length) == 0) count++;
  return count;
}
