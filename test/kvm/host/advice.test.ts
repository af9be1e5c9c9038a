/** What to do without /dev/kvm depends on where one is. */
import test from 'ava';
import { missingAdvice, permissionAdvice } from '../../../src/kvm/host/advice.js';
import {
  permissionOf,
  surroundings,
  type Surroundings,
} from '../../../src/kvm/host/surroundings.js';

const BARE: Surroundings = {
  ...{ isContainer: false, isVirtualMachine: false, isKvmLoaded: false },
  processorModule: 'kvm_intel',
};

const MISSING: readonly (readonly [where: string, Partial<Surroundings>, RegExp])[] = [
  ['a machine without the module', {}, /^load the driver with `sudo modprobe kvm_intel`$/],
  ['one of AMD', { processorModule: 'kvm_amd' }, /modprobe kvm_amd/],
  ['a machine whose firmware has it off', { processorModule: undefined }, /in the firmware/],
  [
    'a virtual machine without nesting',
    { processorModule: undefined, isVirtualMachine: true },
    /nested virtualization/,
  ],
  ['a virtual machine with nesting', { isVirtualMachine: true }, /modprobe kvm_intel/],
  ['a driver without its device', { isKvmLoaded: true }, /sudo mknod \/dev\/kvm c 10 232/],
  [
    'a container',
    { isContainer: true, isKvmLoaded: true },
    /^start the container with `--device \/dev\/kvm`$/,
  ],
  [
    'a container on a machine without KVM',
    { isContainer: true, isVirtualMachine: true, processorModule: undefined },
    /^load KVM on the machine that runs this container, and start .*--device \/dev\/kvm/,
  ],
];
for (const [where, facts, expected] of MISSING) {
  test(`/dev/kvm is missing in ${where}`, (t) => {
    t.regex(missingAdvice('/dev/kvm', { ...BARE, ...facts }), expected);
  });
}

test('another device than /dev/kvm may be a slip of the pen', (t) => {
  t.regex(missingAdvice('/dev/kmv', BARE), /usually \/dev\/kvm/);
});

test('who may not open it learns what to join, and how', (t) => {
  const kvm = { group: 'kvm', isForGroup: true, isMember: false };
  const advise = (more: object, where: Partial<Surroundings> = {}, isByRule = false): string =>
    permissionAdvice('/dev/kvm', { ...BARE, ...where }, { ...kvm, ...more }, isByRule);
  t.regex(advise({}), /^join the group kvm with `sudo usermod -aG kvm \$USER` and log in again$/);
  t.regex(advise({ group: 'virt' }), /usermod -aG virt/);
  t.regex(advise({ isMember: true }), /^log in again/);
  t.regex(advise({ isForGroup: false }), /chgrp kvm \/dev\/kvm && sudo chmod 660/);
  t.regex(advise({ group: '104' }, { isContainer: true }), /--group-add 104/);
  t.regex(advise({}, { isContainer: true }, true), /--device \/dev\/kvm/);
  t.regex(permissionAdvice('/dev/kvm', BARE, undefined, false), /group kvm/);
});

test('the surroundings of this very machine can be found out', (t) => {
  t.is(typeof surroundings().isContainer, 'boolean');
  t.is(permissionOf('/nonexistent'), undefined);
  t.is(permissionOf('/dev/null')?.group, 'root');
});
