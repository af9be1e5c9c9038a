/** Falling back to the emulated host: one line, and where that cannot run either both reasons. */
import test from 'ava';
import { emulatedNotice } from '../../src/cli/arguments/host.js';
import { SyscallError } from '../../src/kvm/libc.js';
import { openError, openFailure } from '../../src/kvm/open-error.js';
import { isOneSentence } from '../helpers/sentence.js';

const ENOENT = 2;
const EACCES = 13;
const EBUSY = 16;
const EISDIR = 21;

for (const errno of [ENOENT, EACCES, EBUSY, EISDIR]) {
  test(`the line is one sentence with cost and way out, errno ${errno}`, (t) => {
    const error = new SyscallError('open', errno);
    const unusable = openFailure('/dev/kvm', error);
    const line = emulatedNotice(unusable);
    t.true(isOneSentence(line), line);
    t.true(line.startsWith(unusable.what));
    t.regex(line, /on the emulated host, some twenty times slower; to use \/dev\/kvm, \w+ /);
    t.true(line.endsWith(`${unusable.wayOut}.`));
    t.is(
      openError('/dev/kvm', error).message,
      `${unusable.what}: ${unusable.wayOut}; traces can be read without it.`,
    );
  });
}
