/**
 * What kvmtrace and the agent inside the emulated machine share. The same as agent/protocol.h, where
 * each field is explained; a change here is a change of VERSION, there too.
 */

/** "kv-agent", as two 32-bit words. */
export const MAGIC = [0x612d766b, 0x746e6567] as const;
/** Version of the protocol; kvmtrace and the agent must have the same. */
export const VERSION = 3;

/** Where the agent maps the window. */
export const WINDOW_ADDRESS = 0x1000_0000_0000;

/** Offsets into the control page, which is the first of the window. */
export const CONTROL = {
  request: 0x000,
  done: 0x040,
  op: 0x080,
  arguments: 0x088,
  result: 0x0c0,
  magic: 0x100,
  version: 0x108,
  heartbeat: 0x140,
} as const;

/** What the agent does beside the system calls of Linux. */
export const OP = {
  nothing: 0x1000,
  pages: 0x1001,
  copied: 0x1002,
  copy: 0x1003,
  rewrite: 0x1004,
  rewriteCopied: 0x1005,
  tile: 0x1006,
  burst: 0x1007,
} as const;

/** arch/x86/entry/syscalls/syscall_64.tbl. */
export const SYS = {
  read: 0,
  write: 1,
  open: 2,
  close: 3,
  mmap: 9,
  munmap: 11,
  ioctl: 16,
  ftruncate: 77,
  uname: 63,
  sysinfo: 99,
  eventfd2: 290,
  memfd_create: 319,
  finit_module: 313,
} as const;
