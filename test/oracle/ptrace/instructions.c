#include "instructions.h"

#include <string.h>

static int port_in(struct user_regs_struct *user, unsigned size, struct port_input *input) {
  uint64_t value = 0;
  if ((size_t)(input->end - input->next) < size) return 0;
  memcpy(&value, input->next, size);
  input->next += size;
  if (size == 4) user->rax = value;
  else {
    uint64_t mask = size == 1 ? 0xff : 0xffff;
    user->rax = (user->rax & ~mask) | value;
  }
  return 1;
}

int emulate(struct user_regs_struct *user, const uint8_t *code, unsigned mode,
            struct port_input *input) {
  unsigned length = 0, size = mode == 16 ? 2 : 4;
  if (!code) return 0;
  if (code[length] == 0x66) {
    size = 6 - size;
    length++;
  }
  uint8_t opcode = code[length++];
  switch (opcode) {
  case 0xe4: case 0xe5: case 0xe6: case 0xe7: /* in, out with an immediate port */
    length++;
    /* fall through */
  case 0xec: case 0xed: case 0xee: case 0xef:
    if (!(opcode & 2) && !port_in(user, opcode & 1 ? size : 1, input)) return 0;
    break;
  case 0xf4: case 0xfa: case 0xfb: /* hlt, cli, sti */
    break;
  default:
    return 0;
  }
  user->rip += length;
  return 1;
}

int repeats(const uint8_t *code) {
  int prefixed = 0;
  for (int i = 0; code && i < 14; i++) {
    uint8_t byte = code[i];
    if (byte == 0xf2 || byte == 0xf3) prefixed = 1;
    else if (prefixed && (byte & 0xf0) == 0x40) continue; /* REX */
    else if (byte == 0x66 || byte == 0x67) continue;
    else return prefixed && ((byte >= 0xa4 && byte <= 0xa7) || (byte >= 0xaa && byte <= 0xaf));
  }
  return 0;
}

int is_pushf(const uint8_t *code) {
  return code && (code[0] == 0x9c || (code[0] == 0x66 && code[1] == 0x9c));
}
