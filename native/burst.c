/*
 * The burst loop: single-steps a vCPU through plain instructions, for as long as nothing happens that
 * needs a thought. A plain instruction is one that the caller has put into the table: it changes general
 * registers, the flags and the memory of one operand, and goes where the table or that operand says.
 * For each step it writes the events that the recorder's slow way (src/capture) would send, and keeps
 * what its stores changed, so that the caller can prove them against KVM's dirty ring and undo them.
 *
 * No libc: the same file is a shared library for this machine's KVM and a part of the agent for the
 * emulated one's. Nothing here trusts the guest: all memory is reached through bounds of slots.
 */
#include "burst.h"

enum {
  KVM_RUN = 0xae80,
  KVM_EXIT_DEBUG = 4,
  KVM_EXIT_DIRTY_RING_FULL = 31,
  SYS_ioctl = 16,
  EINTR = 4,
  EAGAIN = 11,
  PAGE = 4096,
};

/* struct kvm_run: exit_reason, and the registers that KVM shares (struct kvm_regs, struct kvm_sregs). */
enum { RUN_EXIT_REASON = 8, RUN_REGS = 304, RUN_SREGS = 448 };
/* struct kvm_sregs: segments of 24 bytes (base at 0), control registers. */
enum { SEGMENT_BYTES = 24, SREGS_CR0 = 224, SREGS_CR3 = 240, SREGS_CR4 = 248, SREGS_EFER = 264 };
/* struct kvm_segment: dpl, db and l at 16, 17 and 19. */
enum { SEGMENT_DPL = 16, SEGMENT_DB = 17, SEGMENT_L = 19 };
enum { CS = 0, FS = 3, GS = 4, SS = 5 };
/* Words of struct kvm_regs. */
enum { RSP = 6, GENERAL = 16, RIP = 16, RFLAGS = 17 };

/* What stepping leaves in rflags: TF, and RF. */
#define STEPPING_FLAGS 0x10100ul
#define RFLAGS_IF 0x200ul
#define CR0_PE 1ul
#define CR0_PG (1ul << 31)
#define CR4_PSE (1ul << 4)
#define CR4_PAE (1ul << 5)
#define CR4_LA57 (1ul << 12)
#define CR4_SMEP (1ul << 20)
#define CR4_SMAP (1ul << 21)
#define EFER_LMA (1ul << 10)
#define EFER_NXE (1ul << 11)

/* Entries of page tables (SDM vol. 3, 5.3 to 5.5). */
enum { PRESENT = 1, WRITABLE = 2, USER = 4, ACCESSED = 32, DIRTY = 64, LARGE = 128 };
#define NO_EXECUTE (1ul << 63)
#define ADDRESS 0x000ffffffffff000ul

/* Kinds of events (src/trace/format/events.ts). */
enum { EVENT_STEP = 1, EVENT_MEMORY = 3, EVENT_PAGE = 4 };
/* The most words of a step's events, and the most changes of a step's store. */
enum { STEP_WORDS = 2 + 2 * 17 + 4 * 5, STEP_STORES = 4 };

enum access { READ, WRITE, FETCH };

/* What no plain step changes. */
struct machine {
  const struct burst_slot *slots;
  u32 slot_count;
  u32 mode;
  u32 stack_bits;
  int user;
  u64 code_base;
  u64 cr0, cr3, cr4, efer;
  u64 base[6];
};

/* A part of an operand that lies in one page. */
struct piece {
  u8 *memory;
  u32 slot;
  u32 length;
  u64 offset;
};

struct place {
  struct piece piece[2];
  u32 count;
};

static u64 read64(const void *from) {
  return *(const u64 *)from;
}

static void adopt(const struct burst *b, struct machine *m) {
  const u8 *sregs = (const u8 *)b->run + RUN_SREGS;
  const u8 *cs = sregs + CS * SEGMENT_BYTES;
  const u8 *ss = sregs + SS * SEGMENT_BYTES;
  m->slots = (const struct burst_slot *)b->slots;
  m->slot_count = b->slot_count;
  m->cr0 = read64(sregs + SREGS_CR0);
  m->cr3 = read64(sregs + SREGS_CR3);
  m->cr4 = read64(sregs + SREGS_CR4);
  m->efer = read64(sregs + SREGS_EFER);
  m->mode = cs[SEGMENT_L] && m->efer & EFER_LMA ? 64 : cs[SEGMENT_DB] ? 32 : 16;
  m->stack_bits = m->mode == 64 ? 64 : ss[SEGMENT_DB] ? 32 : 16;
  m->user = m->cr0 & CR0_PE && ss[SEGMENT_DPL] == 3;
  for (int i = 0; i < 6; i++) {
    /* In 64-bit mode only fs and gs have a base (SDM vol. 3, 3.2.4). */
    m->base[i] = m->mode != 64 || i == FS || i == GS ? read64(sregs + i * SEGMENT_BYTES) : 0;
  }
  m->code_base = m->base[CS];
}

/* Where `gpa` lies, or 0 where there is no RAM. Aligned pieces of a page lie in one slot. */
static u8 *physical(const struct machine *m, u64 gpa, u32 *slot) {
  for (u32 i = 0; i < m->slot_count; i++) {
    u64 offset = gpa - m->slots[i].gpa;
    if (offset >= m->slots[i].size) continue;
    *slot = i;
    return (u8 *)m->slots[i].memory + offset;
  }
  return 0;
}

/* Whether an entry lets the access through and would not be written: its Accessed bit is set, and Dirty. */
static int passes(const struct machine *m, u64 entry, enum access access, int leaf) {
  if ((entry & (PRESENT | ACCESSED)) != (PRESENT | ACCESSED)) return 0;
  if (m->user && !(entry & USER)) return 0;
  if (access == FETCH && entry & NO_EXECUTE && m->efer & EFER_NXE) return 0;
  if (access != WRITE) return 1;
  return entry & WRITABLE && (!leaf || entry & DIRTY);
}

/* Supervisor code that touches a page of user code: not plain where SMEP or SMAP may have a say. */
static int kept_apart(const struct machine *m, u64 user_everywhere, enum access access) {
  if (m->user || !user_everywhere) return 0;
  return (m->cr4 & (access == FETCH ? CR4_SMEP : CR4_SMAP)) != 0;
}

static u64 walk_legacy(const struct machine *m, u64 linear, enum access access) {
  u32 slot;
  const u8 *at = physical(m, (m->cr3 & 0xfffff000ul) + (linear >> 22 & 0x3ff) * 4, &slot);
  if (!at) return -1ul;
  u64 entry = *(const u32 *)at;
  u64 user = entry & USER;
  int large = entry & LARGE && m->cr4 & CR4_PSE;
  if (!passes(m, entry, access, large)) return -1ul;
  if (large) {
    if (kept_apart(m, user, access)) return -1ul;
    return (entry >> 13 & 0xff) << 32 | (entry & 0xffc00000ul) | (linear & 0x3fffff);
  }
  at = physical(m, (entry & 0xfffff000ul) + (linear >> 12 & 0x3ff) * 4, &slot);
  if (!at) return -1ul;
  entry = *(const u32 *)at;
  user &= entry;
  if (!passes(m, entry, access, 1) || kept_apart(m, user, access)) return -1ul;
  return (entry & 0xfffff000ul) | (linear & 0xfff);
}

/* The guest-physical address of a linear one, or -1 where the access faults or would change the tables. */
static u64 walk(const struct machine *m, u64 linear, enum access access) {
  u32 slot;
  if (!(m->cr0 & CR0_PG)) return linear & 0xfffffffful;
  if (!(m->efer & EFER_LMA) && !(m->cr4 & CR4_PAE)) return walk_legacy(m, linear, access);
  u64 table = m->cr3 & ADDRESS;
  int level = m->cr4 & CR4_LA57 ? 5 : 4;
  if (m->efer & EFER_LMA) {
    int bits = 12 + 9 * level;
    if ((long)linear >> (bits - 1) != 0 && (long)linear >> (bits - 1) != -1) return -1ul;
  } else {
    /* PDPTEs have no bits but PRESENT that matter here. */
    const u8 *at = physical(m, (m->cr3 & 0xffffffe0ul) + (linear >> 30 & 3) * 8, &slot);
    if (!at || !(read64(at) & PRESENT)) return -1ul;
    table = read64(at) & ADDRESS;
    level = 2;
  }
  for (u64 user = USER;; level--) {
    int shift = 12 + 9 * (level - 1);
    const u8 *at = physical(m, table + (linear >> shift & 0x1ff) * 8, &slot);
    if (!at) return -1ul;
    u64 entry = read64(at);
    int leaf = level == 1 || entry & LARGE;
    user &= entry;
    if (!passes(m, entry, access, leaf) || (leaf && level > 3)) return -1ul;
    table = entry & ADDRESS;
    if (!leaf) continue;
    if (kept_apart(m, user, access)) return -1ul;
    u64 inside = (1ul << shift) - 1;
    return (table & ~inside) | (linear & inside);
  }
}

static u64 linear_mask(const struct machine *m) {
  return m->mode == 64 ? -1ul : 0xfffffffful;
}

/* Finds `size` bytes at a linear address, in one page or two. */
static int locate(const struct machine *m, u64 linear, u32 size, enum access access, struct place *place) {
  place->count = 0;
  for (u32 done = 0; done < size;) {
    struct piece *piece = &place->piece[place->count++];
    u64 at = (linear + done) & linear_mask(m);
    u32 room = PAGE - (at & (PAGE - 1));
    u64 gpa = walk(m, at, access);
    if (gpa == -1ul || !(piece->memory = physical(m, gpa, &piece->slot))) return 0;
    if (access == WRITE && !m->slots[piece->slot].writable) return 0;
    piece->offset = gpa - m->slots[piece->slot].gpa;
    piece->length = size - done < room ? size - done : room;
    done += piece->length;
  }
  return 1;
}

static void gather(const struct place *place, u8 *to) {
  for (u32 i = 0; i < place->count; i++) {
    const struct piece *piece = &place->piece[i];
    for (u32 j = 0; j < piece->length; j++) *to++ = piece->memory[j];
  }
}

/* Whether the instruction is still what is in memory: code may have been written or mapped over. */
static int is_there(const struct machine *m, const struct burst_code *code, const u8 *memory) {
  u32 room = PAGE - (code->linear & (PAGE - 1));
  if (code->length <= room) {
    for (u32 i = 0; i < code->length; i++)
      if (memory[i] != code->bytes[i]) return 0;
    return 1;
  }
  struct place place;
  u8 bytes[16];
  if (!locate(m, code->linear, code->length, FETCH, &place)) return 0;
  gather(&place, bytes);
  for (u32 i = 0; i < code->length; i++)
    if (bytes[i] != code->bytes[i]) return 0;
  return 1;
}

static const struct burst_code *find(const struct burst *b, const struct machine *m, u64 rip) {
  const struct burst_code *codes = (const struct burst_code *)b->codes;
  u64 linear = (rip + m->code_base) & linear_mask(m);
  struct place place;
  if (!locate(m, linear, 1, FETCH, &place)) return 0;
  for (u32 i = 0; i < BURST_PROBES; i++) {
    const struct burst_code *code = &codes[(linear + i) & b->code_mask];
    if (!code->length) return 0;
    if (code->linear != linear || code->rip != rip || code->mode != m->mode) continue;
    if (is_there(m, code, place.piece[0].memory)) return code;
  }
  return 0;
}

static u64 cut(u64 value, u32 bits) {
  return bits >= 64 ? value : value & ((1ul << bits) - 1);
}

static u64 address_of(const struct machine *m, const struct burst_operand *operand, const u64 *regs) {
  u64 address = operand->displacement;
  if (operand->base != BURST_NONE) address += regs[operand->base];
  if (operand->index != BURST_NONE) address += regs[operand->index] * operand->scale;
  address = cut(address, operand->address_bits ? operand->address_bits : m->stack_bits);
  return (address + m->base[operand->segment]) & linear_mask(m);
}

static u64 number(const u8 *bytes, u32 size) {
  u64 value = 0;
  for (u32 i = size; i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

/* An instruction that is about to run. */
struct step {
  const struct burst_code *code;
  u64 target;
  /* Its store, if it has one, and what was there before. */
  struct place store;
  u32 store_bytes;
  u8 before[BURST_STORE_BYTES];
};

/* Fills in a step; 0 where it is not a plain one in this state. */
static int prepare(const struct burst *b, const struct machine *m, struct step *step) {
  const u64 *regs = b->regs;
  const struct burst_code *code = step->code;
  step->store_bytes = 0;
  step->target = code->target;
  if (code->flow == BURST_REGISTER) {
    step->target = cut(regs[code->branch_register], code->branch_size * 8);
  }
  for (u32 i = 0; i < code->operand_count; i++) {
    const struct burst_operand *operand = &code->operand[i];
    u64 address = address_of(m, operand, regs);
    struct place place;
    if (operand->access & BURST_WRITES) {
      if (!locate(m, address, operand->size, WRITE, &step->store)) return 0;
      gather(&step->store, step->before);
      step->store_bytes = operand->size;
      place = step->store;
    } else if (!locate(m, address, operand->size, READ, &place)) {
      return 0;
    }
    if (code->flow == BURST_MEMORY && code->branch_operand == i) {
      u8 bytes[BURST_STORE_BYTES];
      gather(&place, bytes);
      step->target = number(bytes, code->branch_size);
    }
  }
  /* A jump to itself: its end looks like its beginning. */
  return code->flow == BURST_NEXT || step->target != code->rip;
}

/* Whether the vCPU is where the instruction goes, with the stack pointer where it puts that. */
static int arrived(const struct machine *m, const struct step *step, const u64 *before, const u64 *after) {
  const struct burst_code *code = step->code;
  u64 next = (code->rip + code->length) & linear_mask(m);
  int at_next = after[RIP] == next && (code->flow == BURST_NEXT || code->conditional);
  if (!at_next && (code->flow == BURST_NEXT || after[RIP] != step->target)) return 0;
  /* 16 bits are enough to tell a frame from none (see src/stepper/arrival.ts). */
  if (code->stack_delta == (int)BURST_ANY_DELTA) return 1;
  return ((after[RSP] - before[RSP] - (u64)(long)code->stack_delta) & 0xffff) == 0;
}

static u32 *put_registers(const struct step *step, u64 *before, const u64 *after, u32 *words) {
  u32 *head = words;
  u32 mask = 0;
  words += 2;
  for (u32 i = 0; i < GENERAL; i++) {
    if (after[i] == before[i]) continue;
    mask |= 1u << i;
    *words++ = (u32)after[i];
    *words++ = (u32)(after[i] >> 32);
    before[i] = after[i];
  }
  u64 flags = after[RFLAGS] & ~STEPPING_FLAGS;
  if (flags != before[RFLAGS]) {
    mask |= 1u << GENERAL;
    *words++ = (u32)flags;
    *words++ = (u32)(flags >> 32);
    before[RFLAGS] = flags;
  }
  before[RIP] = after[RIP];
  head[0] = EVENT_STEP | mask << 8;
  head[1] = step->code->id;
  return words;
}

/* A row for each 8 bytes of the store, as far as they lie in this piece, that have changed. */
static u32 *put_piece(struct burst *b, const struct machine *m, const struct step *step, u32 which, u32 *words) {
  const struct piece *piece = &step->store.piece[which];
  u32 first = which == 0 ? 0 : step->store.piece[0].length;
  u32 end = first + piece->length;
  u64 gpa = m->slots[piece->slot].gpa + piece->offset;
  u32 *start = words;
  for (u32 row = 0; row < step->store_bytes; row += 8) {
    u32 from = row < first ? first : row;
    u32 to = row + 8 < end ? row + 8 : end;
    if (from >= to) continue;
    u64 before = number(step->before + from, to - from);
    u64 after = number(piece->memory + (from - first), to - from);
    if (before == after) continue;
    struct burst_store *store = (struct burst_store *)b->stores + b->store_count++;
    *store = (struct burst_store){piece->slot, to - from, piece->offset + (from - first), before, after};
    *words++ = EVENT_MEMORY | (to - from) << 8;
    *words++ = (u32)(gpa + (from - first));
    *words++ = (u32)((gpa + (from - first)) >> 32);
    *words++ = (u32)after;
    *words++ = (u32)(after >> 32);
  }
  if (words != start) return words;
  *words++ = EVENT_PAGE;
  *words++ = (u32)(gpa / PAGE);
  *words++ = (u32)(gpa / PAGE >> 32);
  return words;
}

/* Pages in the order of their addresses, as the recorder has them. */
static u32 *put_store(struct burst *b, const struct machine *m, const struct step *step, u32 *words) {
  const struct piece *piece = step->store.piece;
  if (step->store.count == 1) return put_piece(b, m, step, 0, words);
  u64 gpa[2];
  for (u32 i = 0; i < 2; i++) gpa[i] = m->slots[piece[i].slot].gpa + piece[i].offset;
  u32 lower = gpa[1] < gpa[0];
  words = put_piece(b, m, step, lower, words);
  return put_piece(b, m, step, !lower, words);
}

static long enter(u32 vcpu) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_ioctl), "D"((u64)vcpu), "S"((u64)KVM_RUN), "d"(0ul) : "rcx", "r11", "memory");
  return result;
}

/* What was compiled from another layout.ts must not be run. */
__attribute__((visibility("default"))) int kvmtrace_burst_version(void) {
  return BURST_VERSION;
}

__attribute__((visibility("default"))) void kvmtrace_burst(struct burst *b) {
  const volatile u32 *reason = (const volatile u32 *)(b->run + RUN_EXIT_REASON);
  const u64 *after = (const u64 *)(b->run + RUN_REGS);
  u32 *const events = (u32 *)b->events;
  u32 *words = events;
  struct machine machine;
  adopt(b, &machine);
  b->steps = b->store_count = b->last_store = 0;
  b->result = 0;
  b->end = BURST_LIMIT;
  while (b->steps < b->max_steps) {
    if (words - events + STEP_WORDS > b->event_room || b->store_count + STEP_STORES > b->store_room) break;
    struct step step;
    step.code = find(b, &machine, b->regs[RIP]);
    if (!step.code || !prepare(b, &machine, &step)) {
      b->end = BURST_NOT_PLAIN;
      break;
    }
    b->exit_code = step.code->id;
    b->result = (int)enter(b->vcpu);
    if (b->result == -EINTR || b->result == -EAGAIN || (!b->result && *reason == KVM_EXIT_DIRTY_RING_FULL)) {
      b->end = after[RIP] == b->regs[RIP] ? BURST_INTERRUPTED : BURST_EXIT;
      break;
    }
    if (b->result < 0 || *reason != KVM_EXIT_DEBUG || !arrived(&machine, &step, b->regs, after)) {
      b->end = BURST_EXIT;
      break;
    }
    u64 flags = b->regs[RFLAGS];
    b->last_store = b->store_count;
    words = put_registers(&step, b->regs, after, words);
    if (step.store_bytes) words = put_store(b, &machine, &step, words);
    b->steps++;
    /* Whether an interrupt may come is for the caller to look at. */
    if ((flags ^ b->regs[RFLAGS]) & RFLAGS_IF) break;
  }
  b->event_count = (u32)(words - events);
}
