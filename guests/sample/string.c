#include "guest.h"

void *memcpy(void *to, const void *from, size_t size) {
  uint8_t *out = to;
  const uint8_t *in = from;
  while (size--) *out++ = *in++;
  return to;
}

void *memset(void *to, int value, size_t size) {
  uint8_t *out = to;
  while (size--) *out++ = (uint8_t)value;
  return to;
}

int memcmp(const void *a, const void *b, size_t size) {
  const uint8_t *x = a, *y = b;
  for (; size; size--, x++, y++)
    if (*x != *y) return *x - *y;
  return 0;
}

size_t string_length(const char *text) {
  size_t size = 0;
  while (text[size]) size++;
  return size;
}

int string_compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (uint8_t)*a - (uint8_t)*b;
}
