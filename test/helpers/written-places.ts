/** Which registers and flags an instruction writes, as iced-x86 tells it. */
import type { Place } from '../../src/query/why/location.js';
import type { Instruction } from '../../src/trace/read/instructions.js';
import { withInfo, withInstruction, type UsedRegister } from '../../src/x86/iced.js';
import { Mnemonic, OpAccess, Register, RegisterExt } from '../../src/x86/iced-names.js';
import { flagsOf } from '../../src/x86/flag-bits.js';
import { generalIndex } from '../../src/x86/operand.js';

const ALWAYS = new Set([OpAccess.Write, OpAccess.ReadWrite]);
const SOMETIMES = new Set([...ALWAYS, OpAccess.CondWrite, OpAccess.ReadCondWrite]);
/** A count of 0 in cl leaves all flags as they are (SDM vol. 2, SAL/SAR/SHL/SHR). */
const SHIFTS = new Set([
  ...[Mnemonic.Shl, Mnemonic.Sal, Mnemonic.Shr, Mnemonic.Sar, Mnemonic.Shld, Mnemonic.Shrd],
  ...[Mnemonic.Rol, Mnemonic.Ror, Mnemonic.Rcl, Mnemonic.Rcr],
]);

/** They write flags that iced-x86 has no bit for. */
const ALL_FLAGS = new Set([
  ...[Mnemonic.Iret, Mnemonic.Iretd, Mnemonic.Iretq],
  ...[Mnemonic.Popf, Mnemonic.Popfd, Mnemonic.Popfq],
]);

/** Whether it can write a byte or bit of the place. Of memory it does not tell. */
export function mayWrite(instruction: Instruction, place: Place): boolean {
  return writes(instruction, place, SOMETIMES);
}

/** Whether it does, however it goes. */
export function mustWrite(instruction: Instruction, place: Place): boolean {
  return writes(instruction, place, ALWAYS);
}

function writes(
  { bytes, mode, rip }: Instruction,
  place: Place,
  accesses: ReadonlySet<OpAccess>,
): boolean {
  return withInstruction(bytes, mode, rip, (decoded) => {
    if (place.kind === 'flags') {
      const repeated = decoded.hasRepePrefix || decoded.hasRepnePrefix;
      const sometimes = SHIFTS.has(decoded.mnemonic) || repeated;
      if (accesses === ALWAYS && sometimes) return false;
      if (accesses === SOMETIMES && ALL_FLAGS.has(decoded.mnemonic)) return true;
      // What it leaves undefined, such as all of MOV from cr2, it may as well leave alone.
      const left = accesses === ALWAYS ? decoded.rflagsUndefined : 0;
      return (flagsOf(decoded.rflagsModified & ~left) & place.bits) !== 0;
    }
    return withInfo(decoded, (info) => {
      const used = info.usedRegisters() as UsedRegister[];
      const found = used.some(
        ({ register, access }) => accesses.has(access) && covers(register, place),
      );
      used.forEach((each) => {
        each.free();
      });
      return found;
    });
  });
}

function covers(register: Register, place: Place): boolean {
  if (place.kind !== 'register' || place.family !== 'general') return false;
  if (generalIndex(register) !== place.index) return false;
  const first = [Register.AH, Register.BH, Register.CH, Register.DH].includes(register) ? 1 : 0;
  const size = RegisterExt.size(register);
  const end = first + (size === 4 ? 8 : size);
  return first < place.offset + place.size && place.offset < end;
}
