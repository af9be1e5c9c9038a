import { kvmVcpuEvents } from './events.js';
import { byteArray, u16, u32, u64, u64Array, u8 } from './layout.js';
import { kvmRegs, kvmSregs } from './registers.js';
import { struct, union, type Decoded } from './struct.js';

/** The parts of kvm_run have no name in C: an expression stands for each. */
const part = (member: string) => `typeof(((struct kvm_run *)0)->${member})`;

const hw = struct(part('hw'), { hardwareExitReason: u64 });
const failEntry = struct(part('fail_entry'), { hardwareEntryFailureReason: u64, cpu: u32 });
const ex = struct(part('ex'), { exception: u32, errorCode: u32 });
/** `direction` 0 in, 1 out; the data lies `dataOffset` bytes into the run page. */
const io = struct(part('io'), { direction: u8, size: u8, port: u16, count: u32, dataOffset: u64 });
const debug = struct(
  part('debug'),
  { exception: u32, pad: u32, pc: u64, dr6: u64, dr7: u64 },
  // In C an inner struct `arch` holds them.
  { exception: 'arch.exception', pad: 'arch.pad', pc: 'arch.pc', dr6: 'arch.dr6', dr7: 'arch.dr7' },
);
const mmio = struct(part('mmio'), { physAddr: u64, data: byteArray(8), len: u32, isWrite: u8 });
const hypercall = struct(part('hypercall'), {
  nr: u64,
  args: u64Array(6),
  ret: u64,
  longmode: u32,
  pad: u32,
});
const tprAccess = struct(part('tpr_access'), { rip: u64, isWrite: u32, pad: u32 });
const internal = struct(part('internal'), { suberror: u32, ndata: u32, data: u64Array(16) });
/** Overlay of `internal` for suberror 1: `insnBytes` is valid where `flags` bit 0 is set. */
const emulationFailure = struct(part('emulation_failure'), {
  suberror: u32,
  ndata: u32,
  flags: u64,
  insnSize: u8,
  insnBytes: byteArray(15),
});
const systemEvent = struct(part('system_event'), { type: u32, ndata: u32, data: u64Array(16) });
const eoi = struct(part('eoi'), { vector: u8 });
const msr = struct(part('msr'), {
  error: u8,
  pad: byteArray(7),
  reason: u32,
  index: u32,
  data: u64,
});
const notify = struct(part('notify'), { flags: u32 });

/** The part of kvm_run that depends on the exit reason. */
export const kvmRunExit = union('', {
  hw,
  failEntry,
  ex,
  io,
  debug,
  mmio,
  hypercall,
  tprAccess,
  internal,
  emulationFailure,
  systemEvent,
  eoi,
  msr,
  notify,
  padding: byteArray(256),
});

/** Registers shared through kvm_run (KVM_CAP_SYNC_REGS). */
export const kvmSyncRegs = struct('struct kvm_sync_regs', {
  regs: kvmRegs,
  sregs: kvmSregs,
  events: kvmVcpuEvents,
});

/** The page that KVM and user space share for each vCPU (KVM api.rst, section 5). */
export const kvmRun = struct(
  'struct kvm_run',
  {
    requestInterruptWindow: u8,
    immediateExit: u8,
    padding1: byteArray(6),
    exitReason: u32,
    readyForInterruptInjection: u8,
    ifFlag: u8,
    flags: u16,
    cr8: u64,
    apicBase: u64,
    /** An anonymous union in C; `hw` is one of its members. */
    exit: kvmRunExit,
    kvmValidRegs: u64,
    kvmDirtyRegs: u64,
    s: union('', { regs: kvmSyncRegs, padding: byteArray(2048) }),
  },
  { exit: 'hw' },
);

/** Bits of kvmValidRegs and kvmDirtyRegs. */
export const SYNC_X86 = {
  KVM_SYNC_X86_REGS: 1,
  KVM_SYNC_X86_SREGS: 2,
  KVM_SYNC_X86_EVENTS: 4,
} as const;

const at = kvmRun.offsets;
const exitAt = at.exit;
const syncAt = at.s;

/**
 * Byte offsets into the run page, for loops that read it as typed arrays. Divide by 4 for an
 * index into `RunPage.words`.
 */
export const RUN_OFFSET = {
  requestInterruptWindow: at.requestInterruptWindow,
  immediateExit: at.immediateExit,
  exitReason: at.exitReason,
  readyForInterruptInjection: at.readyForInterruptInjection,
  ifFlag: at.ifFlag,
  flags: at.flags,
  cr8: at.cr8,
  apicBase: at.apicBase,
  exit: exitAt,
  ioDirection: exitAt + io.offsets.direction,
  ioSize: exitAt + io.offsets.size,
  ioPort: exitAt + io.offsets.port,
  ioCount: exitAt + io.offsets.count,
  /** 64 bits; its low word is all there is. */
  ioDataOffset: exitAt + io.offsets.dataOffset,
  mmioPhysAddr: exitAt + mmio.offsets.physAddr,
  mmioData: exitAt + mmio.offsets.data,
  mmioLen: exitAt + mmio.offsets.len,
  mmioIsWrite: exitAt + mmio.offsets.isWrite,
  debugException: exitAt + debug.offsets.exception,
  debugPc: exitAt + debug.offsets.pc,
  debugDr6: exitAt + debug.offsets.dr6,
  debugDr7: exitAt + debug.offsets.dr7,
  internalSuberror: exitAt + internal.offsets.suberror,
  internalNdata: exitAt + internal.offsets.ndata,
  internalData: exitAt + internal.offsets.data,
  emulationFlags: exitAt + emulationFailure.offsets.flags,
  emulationInsnSize: exitAt + emulationFailure.offsets.insnSize,
  emulationInsnBytes: exitAt + emulationFailure.offsets.insnBytes,
  failEntryReason: exitAt + failEntry.offsets.hardwareEntryFailureReason,
  msrError: exitAt + msr.offsets.error,
  msrReason: exitAt + msr.offsets.reason,
  msrIndex: exitAt + msr.offsets.index,
  msrData: exitAt + msr.offsets.data,
  kvmValidRegs: at.kvmValidRegs,
  kvmDirtyRegs: at.kvmDirtyRegs,
  regs: syncAt + kvmSyncRegs.offsets.regs,
  rip: syncAt + kvmSyncRegs.offsets.regs + kvmRegs.offsets.rip,
  rflags: syncAt + kvmSyncRegs.offsets.regs + kvmRegs.offsets.rflags,
  sregs: syncAt + kvmSyncRegs.offsets.sregs,
  events: syncAt + kvmSyncRegs.offsets.events,
} as const;

/** The page that KVM and this process share (struct kvm_run). */
export type RunStruct = Decoded<typeof kvmRun>;
