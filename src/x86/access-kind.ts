import { OpAccess } from './iced-names.js';

/** Whether the decoder says of an operand that it is read, be it on a condition. */
export function isRead(access: OpAccess): boolean {
  switch (access) {
    case OpAccess.Read:
    case OpAccess.CondRead:
    case OpAccess.ReadWrite:
    case OpAccess.ReadCondWrite:
      return true;
    default:
      return false;
  }
}

/** Whether the decoder says of an operand that it is written, be it on a condition. */
export function isWritten(access: OpAccess): boolean {
  switch (access) {
    case OpAccess.Write:
    case OpAccess.CondWrite:
    case OpAccess.ReadWrite:
    case OpAccess.ReadCondWrite:
      return true;
    default:
      return false;
  }
}
