/* Pointers of all sorts, which PAD moves: aligned, packed, short, to code, to texts, to ends. */
#include "io.h"

struct node {
  struct node *next;
  const char *name;
};

struct __attribute__((packed)) packed {
  short tag;
  char *at;
};

static struct node nodes[3];
const char *names[3] = {"one", "two", "three"};
struct node *head;
char buffer[64];
char *end;
struct packed packed;
unsigned low;
void (*callback)(char);
long number;

NOINLINE void put(char c) { outb(0xe9, c); }

#ifdef PAD
long padding[100] = {1};
NOINLINE void pad(void) {
  for (int i = 0; i < 9; i++) outb(0xe8, i);
}
#endif

int main(void) {
#ifdef PAD
  pad();
#endif
  for (int i = 0; i < 3; i++) {
    nodes[i].next = head;
    nodes[i].name = names[i];
    head = &nodes[i];
  }
  end = buffer + sizeof buffer;
  packed.tag = 7;
  packed.at = buffer + 3;
  low = (unsigned)(unsigned long)&buffer[2];
  callback = put;
  callback('.');
#ifdef NUMBER
  number = NUMBER;
#endif
  return 0;
}
