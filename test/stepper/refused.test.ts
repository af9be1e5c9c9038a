/** Instructions that KVM's emulator refuses: the recording ends with a sentence that says all. */
import { recordListing } from '../helpers/guest.js';
import { kvmKind, kvmTest } from '../helpers/kvm.js';
import { noteSkip } from '../helpers/skip.js';
import { renderSteps } from '../helpers/render-steps.js';

interface Refused {
  readonly mode: 'real' | 'protected' | 'long';
  readonly bytes: string;
  readonly text: string;
}

const REFUSED: readonly Refused[] = [
  { mode: 'long', bytes: 'f3 48 0f b8 c3', text: 'popcnt rax, rbx' },
  { mode: 'long', bytes: 'c5 f4 58 c2', text: 'vaddps ymm0, ymm1, ymm2' },
  { mode: 'long', bytes: '0f 01 d0', text: 'xgetbv' },
  { mode: 'long', bytes: '66 0f ef c1', text: 'pxor xmm0, xmm1' },
  { mode: 'protected', bytes: 'd9 e8', text: 'fld1' },
  { mode: 'real', bytes: '27', text: 'daa' },
];

for (const { mode, bytes, text } of REFUSED) {
  kvmTest(`${text} in ${mode} mode ends a recording where KVM lacks it`, async (t) => {
    const at = mode === 'real' ? '7c00' : '100000';
    const after = (parseInt(at, 16) + 1).toString(16);
    const listing = `
      ${at}  90  nop
      ${after}  ${bytes}  db
    `;
    const { rows, result } = await recordListing({ mode, listing }, { maxSteps: 2 });
    if (result.stopReason === 'max-steps') {
      process.stderr.write(`SKIPPED, this KVM runs it: ${t.title}\n`);
      noteSkip('this KVM runs it');
      t.pass();
      return;
    }
    // What ran before is there; the instruction itself is no step, and changed nothing.
    t.deepEqual(renderSteps(rows), [`${at} nop`]);
    t.true(result.crashed);
    t.is(rows.meta.get('complete'), 1n);
    t.is(rows.meta.get('stop_detail'), result.detail);
    if (kvmKind !== 'software') {
      // A processor that runs AVX only where the guest allows it raises #UD, and there is no handler.
      t.is(result.stopReason, 'shutdown');
      return;
    }
    t.is(result.stopReason, 'internal-error');
    for (const part of [`\`${text}\``, `(${bytes})`, `0x${after}`, 'VMX or SVM']) {
      t.true(result.detail.includes(part), `${part} in: ${result.detail}`);
    }
    t.notRegex(result.detail, /\n|\. [A-Z]/, 'one sentence');
    t.is(rows.meta.get('final_rip'), BigInt(`0x${after}`));
  });
}

kvmTest('VMCALL, which no KVM of ours completes, is a livelock or a step', async (t) => {
  const { rows, result } = await recordListing({
    mode: 'long',
    listing: `
      100000  0f 01 c1  vmcall
      100003  f4        hlt
    `,
  });
  // VMX answers it with -ENOSYS in rax; PVM's emulator runs it again and again (kvm-stepping rule 4).
  if (result.stopReason === 'livelock') {
    t.deepEqual(renderSteps(rows), []);
    t.true(result.detail.includes('`vmcall` (0f 01 c1) at 0x100000'), result.detail);
  } else {
    t.is(result.stopReason, 'hlt');
    t.is(rows.steps.length, 2);
  }
});
