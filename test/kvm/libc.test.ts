import { readFileSync } from 'node:fs';
import test from 'ava';
import {
  close,
  eventfd,
  MAX_MAPPING_BYTES,
  memfdCreate,
  mmap,
  mmapInto,
  mprotect,
  munmap,
  openReadWrite,
  SyscallError,
} from '../../src/kvm/libc.js';
import {
  MAP_ANONYMOUS,
  MAP_NORESERVE,
  MAP_PRIVATE,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
} from '../../src/kvm/mmap-flags.js';

const READ_WRITE = PROT_READ | PROT_WRITE;
const ANONYMOUS = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

test('a failed call says what failed and why', (t) => {
  const error = t.throws(() => openReadWrite('/nowhere/at/all'), { instanceOf: SyscallError });
  t.is(error.code, 'ENOENT');
  t.is(error.errno, 2);
  t.is(error.message, 'open /nowhere/at/all: no such file or directory (ENOENT)');
  t.is(
    t.throws(
      () => {
        close(-1);
      },
      { instanceOf: SyscallError },
    ).code,
    'EBADF',
  );
  const flags = MAP_PRIVATE;
  const length = 4096;
  const failed = () => mmap({ length, protection: READ_WRITE, flags, fd: -1 });
  t.is(t.throws(failed, { instanceOf: SyscallError }).code, 'EBADF');
});

test('an errno that node does not know keeps its number', (t) => {
  t.is(new SyscallError('x', 9999).code, 'E9999');
});

test('a mapping is memory, and still is safe to touch after munmap', (t) => {
  const mapping = mmap({ length: 8192, protection: READ_WRITE, flags: ANONYMOUS });
  const bytes = new Uint8Array(mapping.buffer);
  bytes[8191] = 1;
  munmap(mapping);
  t.is(bytes[8191], 0);
  bytes[0] = 2;
  t.is(bytes[0], 2);
});

test('a mapping above 4 GiB is refused, as V8 would abort', (t) => {
  const length = MAX_MAPPING_BYTES + 4096;
  t.throws(() => mmap({ length, protection: READ_WRITE, flags: ANONYMOUS }), {
    message: /more than one mapping can have \(4 GiB\)/,
  });
});

test('a file mapped into a part of a mapping shows through its buffer', (t) => {
  const mapping = mmap({ length: 8192, protection: READ_WRITE, flags: ANONYMOUS });
  const fd = memfdCreate('kvmtrace-test', 4096);
  mmapInto(mapping, 4096, { length: 4096, protection: READ_WRITE, flags: 1, fd });
  new Uint8Array(mapping.buffer).fill(7, 4096);
  t.is(readFileSync(fd)[4095], 7);
  close(fd);
  t.throws(
    () => {
      mmapInto(mapping, 4096, { length: 8192, protection: READ_WRITE, flags: ANONYMOUS });
    },
    {
      message: /beyond the mapping/,
    },
  );
  munmap(mapping);
});

test('mprotect takes access away and gives it back', (t) => {
  const mapping = mmap({ length: 8192, protection: READ_WRITE, flags: ANONYMOUS });
  const address = mapping.address.toString(16);
  const rights = () => {
    const line = readFileSync('/proc/self/maps', 'utf8')
      .split('\n')
      .find((text) => text.startsWith(`${address.padStart(8, '0')}-`));
    return line?.split(' ')[1];
  };
  mprotect(mapping, 0, 4096, PROT_NONE);
  t.is(rights(), '---p');
  mprotect(mapping, 0, 4096, READ_WRITE);
  t.is(rights(), 'rw-p');
  munmap(mapping);
});

test('an eventfd is a file descriptor of its own', (t) => {
  const fd = eventfd();
  t.true(fd > 2);
  close(fd);
});
