/**
 * The bridges of the Intel 440FX chipset, which PC firmware for virtual machines expects: 82441FX (host
 * bridge, slot 0) and 82371SB (PIIX3, the bridge to ISA, slot 1).
 */
import { ConfigSpace, MULTI_FUNCTION, PCI } from './config-space.js';
import { PassiveFunction } from './pci-function.js';

/** The vendor of the chipset. */
export const INTEL = 0x8086;
/** Red Hat's, by which firmware knows that it is not on a board of its own (SeaBIOS, OVMF). */
const SUBSYSTEM_VENDOR = 0x1af4;
const SUBSYSTEM = 0x1100;

/** Where the PIIX is: bridge, disks and power management are its functions. */
export const ISA_SLOT = 1;

/** Programmable attribute map: which ranges below 1 MiB are RAM. All are, whatever the guest says. */
const PAM0 = 0x59;
const PAM_REGISTERS = 7;
const SMRAM = 0x72;

/** PIRQ A–D route control: bit 7 is "not connected". */
const PIRQ_ROUTES = 0x60;
const NOT_ROUTED = 0x80;
const ROM_DECODE = 0x4e;

/** The 82441FX. */
export function hostBridge(): PassiveFunction {
  const config = new ConfigSpace({ vendor: INTEL, device: 0x1237, revision: 2, class: 0x0600 });
  identify(config);
  for (let index = 0; index < PAM_REGISTERS; index++) config.define(PAM0 + index, 1, 0, 0xff);
  config.define(SMRAM, 1, 0x02, 0x7f);
  return new PassiveFunction('host-bridge', { slot: 0, function: 0 }, config);
}

/** The 82371SB's function 0. */
export function isaBridge(): PassiveFunction {
  const config = new ConfigSpace({
    ...{ vendor: INTEL, device: 0x7000, class: 0x0601, headerType: MULTI_FUNCTION },
  });
  identify(config);
  config.define(PCI.command, 2, 0x07);
  config.define(ROM_DECODE, 2, 0x0003, 0xffff);
  for (let index = 0; index < 4; index++) config.define(PIRQ_ROUTES + index, 1, NOT_ROUTED, 0xff);
  return new PassiveFunction('isa-bridge', { slot: ISA_SLOT, function: 0 }, config);
}

/** The subsystem of every function here. */
export function identify(config: ConfigSpace): void {
  config.define(PCI.subsystemVendor, 2, SUBSYSTEM_VENDOR);
  config.define(PCI.subsystem, 2, SUBSYSTEM);
}
