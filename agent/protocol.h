/*
 * What kvmtrace (src/kvm/host/emulated/protocol.ts) and the agent inside the emulated machine share: the
 * layout of the control page, at the start of the window. A change here is a change of VERSION, there too.
 *
 * The window is physical memory of the emulated machine that its kernel does not use. Both sides map
 * it. Each line of 64 bytes is written by one side alone: between the machine's RAM and another
 * process no atomic read-modify-write holds.
 */
#ifndef KVMTRACE_AGENT_PROTOCOL_H
#define KVMTRACE_AGENT_PROTOCOL_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#define MAGIC 0x746e6567612d766bul /* "kv-agent" */
#define VERSION 3

/* Where the agent maps the window, and so what KVM there calls its first byte. */
#define WINDOW_ADDRESS 0x100000000000ul

struct control {
  /* Host: one more than before is a request. */
  u32 request;
  u32 pad0[15];
  /* Agent: equal to `request` once `result` is there. */
  u32 done;
  u32 pad1[15];
  /* Host: an x86-64 system call number, or OP_*, and its arguments. */
  u32 op;
  u32 pad2;
  u64 arg[6];
  u64 pad3;
  /* Agent: what the system call returned, or -errno. */
  long result;
  u64 pad4[7];
  /* Agent: set once it serves. */
  u64 magic;
  u32 version;
  u32 pad5[13];
  /* Agent: counts the ticks of its timer. Stands still where the machine does. */
  u32 heartbeat;
  u32 pad6[15];
};

enum {
  /* Nothing: what a round trip costs. */
  OP_NOTHING = 0x1000,
  /* PAGES(address, count, out): touches `count` pages and writes the physical page number of each. */
  OP_PAGES = 0x1001,
  /*
   * COPIED(address, count, state, out, room): which pages of a private mapping of a file have become
   * copies of their own since the last call. `state` is a count of page faults and a bit a page, and is
   * brought up to date; `out` gets {index, physical page number} for up to `room` of them. Returns how
   * many.
   */
  OP_COPIED = 0x1002,
  /* COPY(to, from, bytes) within the agent's memory. */
  OP_COPY = 0x1003,
  /*
   * REWRITE(address, words): writes 64-bit words with what they hold. QEMU translates code once and
   * throws a translation away when a write made inside the machine hits it. Writes of the host go past it.
   */
  OP_REWRITE = 0x1004,
  /* REWRITE_COPIED(address, count, state): the same for the pages that COPIED has told of. */
  OP_REWRITE_COPIED = 0x1005,
  /* TILE(address, size, file, tile): maps the first `tile` bytes of a file privately, over and over. */
  OP_TILE = 0x1006,
  /* BURST(request): the burst loop, with a struct burst (native/burst.h) of addresses of the agent's. */
  OP_BURST = 0x1007,
};

/* Ticks of the agent's timer: a KVM_RUN that does not come back ends with EINTR at the next one. */
#define TICK_MICROSECONDS 100000

#endif
