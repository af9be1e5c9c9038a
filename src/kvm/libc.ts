/**
 * The calls into libc, through koffi. The only file that imports it.
 *
 * Buffers are passed by address without a copy. The kernel must not keep such an address beyond
 * the call unless the buffer stays reachable (see `addressOf`).
 */
import { createRequire } from 'node:module';
import { getSystemErrorMap } from 'node:util';
import { machineError } from '../base/errors.js';
import { withAddon } from '../base/native-addon.js';
import type { Request } from './abi/ioctl.js';
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
} from './mmap-flags.js';

/** A system call that failed. `code` is the errno's name (`EBUSY`). */
export class SyscallError extends Error {
  readonly syscall: string;
  readonly errno: number;
  readonly code: string;

  constructor(syscall: string, errno: number) {
    const [code, text] = getSystemErrorMap().get(-errno) ?? [`E${errno}`, `error ${errno}`];
    super(`${syscall}: ${text} (${code})`);
    this.name = 'SyscallError';
    this.syscall = syscall;
    this.errno = errno;
    this.code = code;
  }
}

type Pointer = bigint | Uint8Array | null;

interface Libc {
  open(path: string, flags: number, mode: number): number;
  close(fd: number): number;
  ioctlNumber(fd: number, request: number, argument: number): number;
  ioctlPointer(fd: number, request: number, argument: Pointer): number;
  mmap(
    address: bigint,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ): bigint;
  munmap(address: bigint, length: number): number;
  mprotect(address: bigint, length: number, protection: number): number;
  memfdCreate(name: string, flags: number): number;
  ftruncate(fd: number, length: number): number;
  fallocate(fd: number, mode: number, offset: number, length: number): number;
  lseek(fd: number, offset: number, whence: number): number;
  eventfd(initial: number, flags: number): number;
  eventfdRead(fd: number, value: Uint8Array): number;
  socketpair(domain: number, type: number, protocol: number, fds: Int32Array): number;
  schedYield(): number;
  getrusage(who: number, usage: Uint8Array): number;
  syscall(number: number, a: number, b: Pointer, c: Pointer): number;
  timerSettime(number: number, timer: number, flags: number, value: Pointer, old: Pointer): number;
  sigaction(signal: number, action: Uint8Array, old: Pointer): number;
  dlsym(library: number, name: string): number | bigint;
  memcmp(a: number, b: number, length: number): number;
  memcpy(to: bigint, from: bigint, length: number): bigint;
}

const PROTOTYPES: Readonly<Record<keyof Libc, string>> = {
  open: 'int open(const char *path, int flags, int mode)',
  close: 'int close(int fd)',
  // Twice, as the argument is a number or a pointer.
  ioctlNumber: 'int ioctl(int fd, unsigned long request, long argument)',
  ioctlPointer: 'int ioctl(int fd, unsigned long request, void *argument)',
  mmap: 'void *mmap(uintptr_t address, size_t length, int protection, int flags, int fd, int64_t offset)',
  munmap: 'int munmap(uintptr_t address, size_t length)',
  mprotect: 'int mprotect(uintptr_t address, size_t length, int protection)',
  memfdCreate: 'int memfd_create(const char *name, unsigned int flags)',
  ftruncate: 'int ftruncate(int fd, int64_t length)',
  fallocate: 'int fallocate(int fd, int mode, int64_t offset, int64_t length)',
  lseek: 'int64_t lseek(int fd, int64_t offset, int whence)',
  eventfd: 'int eventfd(unsigned int initial, int flags)',
  eventfdRead: 'int eventfd_read(int fd, void *value)',
  socketpair: 'int socketpair(int domain, int type, int protocol, void *fds)',
  schedYield: 'int sched_yield()',
  getrusage: 'int getrusage(int who, void *usage)',
  syscall: 'long syscall(long number, long a, void *b, void *c)',
  timerSettime: 'long syscall(long number, long timer, long flags, void *value, void *old)',
  sigaction: 'int sigaction(int signal, void *action, void *old)',
  dlsym: 'uintptr_t dlsym(uintptr_t library, const char *name)',
  memcmp: 'int memcmp(uintptr_t a, uintptr_t b, size_t length)',
  memcpy: 'uintptr_t memcpy(uintptr_t to, uintptr_t from, size_t length)',
};

interface Binding {
  readonly koffi: typeof import('koffi');
  readonly libc: Libc;
}

let loaded: Binding | undefined;

/**
 * The binding, loaded when it is first needed: programs that only read traces import this file with
 * the package root, and may run where it cannot be loaded.
 */
function binding(): Binding {
  return (loaded ??= load());
}

function load(): Binding {
  if (process.platform !== 'linux') {
    throw machineError(
      `KVM is a part of Linux and this is ${process.platform}: record on Linux, and read the trace here.`,
    );
  }
  const koffi = withAddon(
    'koffi',
    () => createRequire(import.meta.url)('koffi') as typeof import('koffi'),
  );
  // null is the process itself, whichever libc it runs on.
  const library = koffi.load(null);
  const functions = Object.entries(PROTOTYPES).map(([name, prototype]) => [
    name,
    library.func(prototype),
  ]);
  return { koffi, libc: Object.fromEntries(functions) as Libc };
}

/** A function of a shared library of ours, which no libc's function has to know of. Throws where it cannot be loaded. */
export function libraryFunction(path: string, prototype: string): (value?: bigint) => unknown {
  return binding().koffi.load(path).func(prototype);
}

function checked(syscall: string, result: number): number {
  if (result < 0) throw new SyscallError(syscall, binding().koffi.errno());
  return result;
}

const O_RDWR = 0o2;
const O_CLOEXEC = 0o2000000;

/** Opens a device for reading and writing, close-on-exec. */
export function openReadWrite(path: string): number {
  return checked(`open ${path}`, binding().libc.open(path, O_RDWR | O_CLOEXEC, 0));
}

/** Closes a file descriptor; throws a SyscallError where the kernel refuses. */
export function close(fd: number): void {
  checked('close', binding().libc.close(fd));
}

/** ioctl with a number or a struct (its bytes). Returns what the kernel returns. */
export function ioctl(fd: number, request: Request, argument: number | Uint8Array = 0): number {
  const result =
    typeof argument === 'number'
      ? binding().libc.ioctlNumber(fd, request.number, argument)
      : binding().libc.ioctlPointer(fd, request.number, argument);
  return checked(request.name, result);
}

/** ioctl without argument that never throws: the result, or the negative errno. For hot loops. */
export function ioctlOrErrno(fd: number, requestNumber: number): number {
  const { libc, koffi } = binding();
  const result = libc.ioctlNumber(fd, requestNumber, 0);
  return result < 0 ? -koffi.errno() : result;
}

/** V8 aborts the process above this. */
export const MAX_MAPPING_BYTES = 2 ** 32;

/** Mapped memory. `buffer` is the memory itself. */
export interface Mapping {
  readonly address: bigint;
  readonly buffer: ArrayBuffer;
}

/** What to map, and how (mmap(2)). */
export interface MapOptions {
  readonly length: number;
  readonly protection: number;
  readonly flags: number;
  /** What is mapped; -1 with MAP_ANONYMOUS. */
  readonly fd?: number;
  readonly offset?: number;
}

const MAP_FAILED = 2n ** 64n - 1n;

function mapAt(address: bigint, options: MapOptions): bigint {
  const { length, protection, flags, fd = -1, offset = 0 } = options;
  const result = binding().libc.mmap(address, length, protection, flags, fd, offset);
  if (result === MAP_FAILED) throw new SyscallError('mmap', binding().koffi.errno());
  return result;
}

/** mmap, at most 4 GiB. `buffer` reads and writes the memory; see `munmap` for its end. */
export function mmap(options: MapOptions): Mapping {
  if (options.length > MAX_MAPPING_BYTES) {
    throw new RangeError(`${options.length} bytes are more than one mapping can have (4 GiB)`);
  }
  const address = mapAt(0n, options);
  return { address, buffer: binding().koffi.view(address, options.length) };
}

/**
 * Whether `length` bytes at two addresses of mappings are equal: several times faster than a loop over
 * a page in JavaScript. Nothing checks the addresses.
 */
export function equalMemory(a: number, b: number, length: number): boolean {
  return binding().libc.memcmp(a, b, length) === 0;
}

/** mmap over a part of a mapping (MAP_FIXED). The mapping's `buffer` then shows what was mapped. */
export function mmapInto(mapping: Mapping, offsetBytes: number, options: MapOptions): void {
  if (offsetBytes < 0 || offsetBytes + options.length > mapping.buffer.byteLength) {
    throw new RangeError('mmapInto reaches beyond the mapping');
  }
  mapAt(mapping.address + BigInt(offsetBytes), {
    ...options,
    flags: options.flags | MAP_FIXED,
  });
}

/** Address space is given back only when the buffer cannot be reached any more. */
const reserved = new FinalizationRegistry<{ address: bigint; length: number }>((range) => {
  binding().libc.munmap(range.address, range.length);
});

/**
 * Gives the memory of a mapping back. Node 20 cannot detach such an ArrayBuffer, and touching it
 * after a real munmap would kill the process (or worse, reach what was mapped there since): so
 * the range becomes anonymous memory that reads as zero and costs nothing, and the address range
 * itself is released when the ArrayBuffer has been garbage-collected.
 */
export function munmap(mapping: Mapping): void {
  const length = mapping.buffer.byteLength;
  mapAt(mapping.address, {
    length,
    protection: PROT_READ | PROT_WRITE,
    flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
  });
  reserved.register(mapping.buffer, { address: mapping.address, length });
}

/** mprotect of a part of a mapping. JavaScript that writes to read-only memory dies of SIGSEGV. */
export function mprotect(
  mapping: Mapping,
  offsetBytes: number,
  length: number,
  protection: number,
): void {
  checked(
    'mprotect',
    binding().libc.mprotect(mapping.address + BigInt(offsetBytes), length, protection),
  );
}

const MFD_CLOEXEC = 1;

/** An unnamed file in memory of `length` bytes, sparse. */
export function memfdCreate(name: string, length: number): number {
  const fd = checked('memfd_create', binding().libc.memfdCreate(name, MFD_CLOEXEC));
  try {
    checked('ftruncate', binding().libc.ftruncate(fd, length));
  } catch (error) {
    close(fd);
    throw error;
  }
  return fd;
}

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

/** Two connected sockets; neither blocks. */
export function socketPair(): [number, number] {
  const fds = new Int32Array(2);
  const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  checked('socketpair', binding().libc.socketpair(AF_UNIX, type, 0, fds));
  return [fds[0]!, fds[1]!];
}

const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;

/** A new event counter, for ioeventfd. Reads do not block. */
export function eventfd(): number {
  return checked('eventfd', binding().libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

/** Takes the counter of an eventfd and sets it to 0; 0 where nothing was counted. */
export function readEventfd(fd: number): bigint {
  const counter = new Uint8Array(8);
  // EAGAIN: nothing was counted.
  if (binding().libc.eventfdRead(fd, counter) < 0) return 0n;
  return new DataView(counter.buffer).getBigUint64(0, true);
}

const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;

/** Gives the memory of a part of a file back: it reads as zero afterwards. */
export function punchHole(fd: number, offset: number, length: number): void {
  const mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  checked('fallocate', binding().libc.fallocate(fd, mode, offset, length));
}

const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/** The part of a file at or behind `offset` that has memory, or undefined where there is none any more. */
export function nextData(fd: number, offset: number): { start: number; end: number } | undefined {
  const { libc } = binding();
  const start = libc.lseek(fd, offset, SEEK_DATA);
  // ENXIO: there is nothing but holes.
  if (start < 0) return undefined;
  return { start, end: libc.lseek(fd, start, SEEK_HOLE) };
}

const FIONREAD = 0x541b;

/** How many bytes can be read from a pipe. */
export function bytesInPipe(fd: number): number {
  const count = new Int32Array(1);
  checked('FIONREAD', binding().libc.ioctlPointer(fd, FIONREAD, new Uint8Array(count.buffer)));
  return count[0]!;
}

/** Lets others run. For loops that wait for another process on the same processors. */
export function schedYield(): void {
  binding().libc.schedYield();
}

const RUSAGE_THREAD = 1;
const usage = new BigInt64Array(18);

/** Page faults of this thread so far that needed no I/O: ru_minflt of struct rusage. */
export function threadPageFaults(): number {
  binding().libc.getrusage(RUSAGE_THREAD, new Uint8Array(usage.buffer));
  return Number(usage[8]);
}

/** System calls without a wrapper in all libcs: arch/x86/entry/syscalls/syscall_64.tbl. */
const SYS_GETTID = 186;
const SYS_TIMER_CREATE = 222;
const SYS_TIMER_SETTIME = 223;
const SYS_TIMER_DELETE = 226;
const CLOCK_MONOTONIC = 1;
const SIGEV_THREAD_ID = 4;
/** A real-time signal that neither libc nor Node uses. */
const TICK_SIGNAL = 50;
const SA_RESTART = 0x1000_0000;

/**
 * Sends this thread a signal every `ms` whose handler does nothing, so that KVM_RUN returns -EINTR
 * (KVM returns it for every handled signal, SA_RESTART or not); other system calls go on. Returns what
 * ends it. See timer_create(2), SIGEV_THREAD_ID.
 */
export function interruptThreadEvery(ms: number): () => void {
  const { libc } = binding();
  // struct sigaction of glibc and musl: handler at 0, flags at 136. abs(int) takes the signal's number
  // and does nothing with it: a handler that needs no code here.
  const action = new Uint8Array(152);
  const fields = new DataView(action.buffer);
  fields.setBigUint64(0, BigInt(binding().libc.dlsym(0, 'abs')), true);
  fields.setInt32(136, SA_RESTART, true);
  checked('sigaction', libc.sigaction(TICK_SIGNAL, action, null));
  // struct sigevent: sigev_signo at 8, sigev_notify at 12, the thread's id at 16.
  const event = new Int32Array(16);
  event[2] = TICK_SIGNAL;
  event[3] = SIGEV_THREAD_ID;
  event[4] = libc.syscall(SYS_GETTID, 0, null, null);
  const timer = new Int32Array(1);
  const bytes = (array: Int32Array | BigInt64Array): Uint8Array => new Uint8Array(array.buffer);
  checked(
    'timer_create',
    libc.syscall(SYS_TIMER_CREATE, CLOCK_MONOTONIC, bytes(event), bytes(timer)),
  );
  const nanoseconds = BigInt(ms) * 1_000_000n;
  const interval = bytes(BigInt64Array.of(0n, nanoseconds, 0n, nanoseconds));
  checked('timer_settime', libc.timerSettime(SYS_TIMER_SETTIME, timer[0]!, 0, interval, null));
  return () => {
    checked('timer_delete', libc.syscall(SYS_TIMER_DELETE, timer[0]!, null, null));
  };
}

/** memcpy between addresses of this process, for structs that hold some. Nothing checks them. */
export function copyMemory(to: bigint, from: bigint, length: number): void {
  binding().libc.memcpy(to, from, length);
}

/** Address of a buffer, for a struct that holds a pointer. Keep the buffer reachable meanwhile. */
export function addressOf(bytes: Uint8Array): bigint {
  return binding().koffi.address(bytes);
}
