/** The enumerations of iced-x86, which load all of it: apart from iced.ts, which loads it when it decodes. */
export {
  FlowControl,
  MemorySizeExt,
  Mnemonic,
  OpAccess,
  OpKind,
  Register,
  RegisterExt,
  RflagsBits,
} from 'iced-x86';
