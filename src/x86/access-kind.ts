import { OpAccess } from './iced.js';

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
