/** On what a trace was made, in words. */
import test from 'ava';
import { hostWords } from '../../src/query/host-words.js';

const words = (meta: Record<string, string | bigint>): string =>
  hostWords(new Map(Object.entries(meta)));

test('a trace tells its host', (t) => {
  t.is(
    words({
      ...{ host: 'emulated', host_detail: 'QEMU 7.2.22, npt=1' },
      ...{ host_kvm: 'kvm_amd', kernel: '6.1.0-56-cloud-amd64' },
    }),
    'the emulated host (QEMU 7.2.22, npt=1), Linux 6.1.0-56-cloud-amd64, kvm_amd',
  );
  t.is(
    words({ host: 'kvm', host_kvm: 'kvm_pvm', kernel: '6.18.44' }),
    '/dev/kvm, Linux 6.18.44, kvm_pvm',
  );
  // Built in, or not to be seen from a container.
  t.is(words({ host: 'kvm', host_kvm: '', kernel: '6.1' }), '/dev/kvm, Linux 6.1');
});

test('one that was made when there was one host alone is told as of /dev/kvm', (t) => {
  t.is(words({ kernel: '6.1' }), '/dev/kvm (kvmtrace knew no other then), Linux 6.1');
});

test('what no recorder writes is told as it is', (t) => {
  t.is(words({ host: 'moon', kernel: 7n }), 'a host called moon');
});
