/*
 * What kvmtrace (src/stepper/burst/layout.ts) and the burst loop share: the request, the table of plain
 * instructions and the log of stores. A test compares the two files. Addresses are those of whoever runs
 * the loop: this process, or the agent inside the emulated machine.
 */
#ifndef KVMTRACE_BURST_H
#define KVMTRACE_BURST_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

/* Of everything here: a change is a new one, there too. */
#define BURST_VERSION 1

/* No register. */
#define BURST_NONE 0xff
/* The instruction moves the stack pointer by an amount that is not fixed. */
#define BURST_ANY_DELTA (-0x80000000l)
/* A code may stand this many places behind the one that its address says. */
#define BURST_PROBES 8
#define BURST_OPERANDS 4
/* The largest store. */
#define BURST_STORE_BYTES 16

/* Where an instruction goes. */
enum { BURST_NEXT, BURST_DIRECT, BURST_REGISTER, BURST_MEMORY };

/* Bits of burst_operand.access. */
enum { BURST_READS = 1, BURST_WRITES = 2 };

/* Why a burst has ended. */
enum {
  /* max_steps, or no room for another step's events. */
  BURST_LIMIT,
  /* The instruction at rip is not in the table, or not in this state a plain one. Nothing has run of it. */
  BURST_NOT_PLAIN,
  /* A signal came first, or the dirty ring is full. Nothing has run of the instruction at rip. */
  BURST_INTERRUPTED,
  /* KVM_RUN of the instruction at `regs` has not ended as a plain step does: `result` and kvm_run say how. */
  BURST_EXIT,
};

/* A memory operand: its address is segment base + displacement + base + index * scale. */
struct burst_operand {
  u8 segment; /* index into struct kvm_sregs */
  u8 base;    /* index into struct kvm_regs, or BURST_NONE */
  u8 index;
  u8 scale;
  u8 address_bits; /* 16, 32 or 64; 0: as wide as the stack segment says */
  u8 size;         /* bytes */
  u8 access;
  u8 pad;
  long displacement;
};

/* A plain instruction: these bytes at this address in this mode. All zero: no instruction. */
struct burst_code {
  u64 linear;
  u64 rip;
  u8 bytes[16];
  u64 target; /* of BURST_DIRECT */
  u32 id;
  int stack_delta;
  u8 length;
  u8 mode; /* 16, 32 or 64 */
  u8 flow;
  u8 conditional;
  u8 branch_register; /* of BURST_REGISTER */
  u8 branch_size;     /* bytes of the target in a register or in memory */
  u8 branch_operand;  /* of BURST_MEMORY: the index of the operand with the target */
  u8 operand_count;
  u64 pad;
  struct burst_operand operand[BURST_OPERANDS];
};

struct burst_slot {
  u64 gpa;
  u64 size;
  u64 memory;
  u64 writable; /* 0: a ROM, of which a store becomes an access to a device */
};

/* Up to 8 bytes of a slot that a step has changed. */
struct burst_store {
  u32 slot; /* index */
  u32 size;
  u64 offset;
  u64 before;
  u64 after;
};

struct burst {
  u64 run;   /* struct kvm_run */
  u64 codes; /* code_mask + 1 of them */
  u64 slots;
  u64 events; /* 32-bit words, as src/trace/format/events.ts has them */
  u64 stores;
  u32 vcpu; /* file descriptor */
  u32 code_mask;
  u32 slot_count;
  u32 max_steps;
  u32 event_room;
  u32 store_room;
  /* Results. */
  u32 steps;
  u32 event_count;
  u32 store_count;
  u32 last_store; /* the first store of the last step */
  u32 end;
  int result; /* of the last KVM_RUN: 0 or -errno */
  u32 exit_code; /* of BURST_EXIT: the id of the instruction */
  u32 pad;
  /* struct kvm_regs before the first step; afterwards before the first that has not retired. */
  u64 regs[18];
};

#endif
