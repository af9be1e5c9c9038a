/**
 * The services that a guest can call, in the order of their tables (UEFI 2.10, sections 4.4, 4.5, 7 and 8;
 * protocols 9.1, 12.2–12.4, 12.9, 13.4, 13.5, 37.5). The place of a service in `SERVICES` is the
 * number by which its stub names it.
 */
import { signatures, type Signature } from './signature.js';

/** Boot services (UEFI 2.10, 4.4). */
export const BOOT_SERVICES = signatures(
  'EFI_BOOT_SERVICES',
  `RaiseTPL NewTpl:u64
   RestoreTPL OldTpl:u64
   AllocatePages Type:u32 MemoryType:u32 Pages:u64 Memory:pointer
   FreePages Memory:pointer Pages:u64
   GetMemoryMap MemoryMapSize:pointer MemoryMap:pointer MapKey:pointer DescriptorSize:pointer DescriptorVersion:pointer
   AllocatePool PoolType:u32 Size:u64 Buffer:pointer
   FreePool Buffer:pointer
   CreateEvent Type:u32 NotifyTpl:u64 NotifyFunction:pointer NotifyContext:pointer Event:pointer
   SetTimer Event:event Type:u32 TriggerTime:u64
   WaitForEvent NumberOfEvents:u64 Event:pointer Index:pointer
   SignalEvent Event:event
   CloseEvent Event:event
   CheckEvent Event:event
   InstallProtocolInterface Handle:pointer Protocol:guid InterfaceType:u32 Interface:pointer
   ReinstallProtocolInterface Handle:handle Protocol:guid OldInterface:pointer NewInterface:pointer
   UninstallProtocolInterface Handle:handle Protocol:guid Interface:pointer
   HandleProtocol Handle:handle Protocol:guid Interface:pointer
   Reserved
   RegisterProtocolNotify Protocol:guid Event:event Registration:pointer
   LocateHandle SearchType:u32 Protocol:guid SearchKey:pointer BufferSize:pointer Buffer:pointer
   LocateDevicePath Protocol:guid DevicePath:pointer Device:pointer
   InstallConfigurationTable Guid:guid Table:pointer
   LoadImage BootPolicy:bool ParentImageHandle:handle DevicePath:pointer SourceBuffer:pointer SourceSize:u64 ImageHandle:pointer
   StartImage ImageHandle:handle ExitDataSize:pointer ExitData:pointer
   Exit ImageHandle:handle ExitStatus:u64 ExitDataSize:u64 ExitData:pointer
   UnloadImage ImageHandle:handle
   ExitBootServices ImageHandle:handle MapKey:u64
   GetNextMonotonicCount Count:pointer
   Stall Microseconds:u64
   SetWatchdogTimer Timeout:u64 WatchdogCode:u64 DataSize:u64 WatchdogData:pointer
   ConnectController ControllerHandle:handle DriverImageHandle:pointer RemainingDevicePath:pointer Recursive:bool
   DisconnectController ControllerHandle:handle DriverImageHandle:handle ChildHandle:handle
   OpenProtocol Handle:handle Protocol:guid Interface:pointer AgentHandle:handle ControllerHandle:handle Attributes:u32
   CloseProtocol Handle:handle Protocol:guid AgentHandle:handle ControllerHandle:handle
   OpenProtocolInformation Handle:handle Protocol:guid EntryBuffer:pointer EntryCount:pointer
   ProtocolsPerHandle Handle:handle ProtocolBuffer:pointer ProtocolBufferCount:pointer
   LocateHandleBuffer SearchType:u32 Protocol:guid SearchKey:pointer NoHandles:pointer Buffer:pointer
   LocateProtocol Protocol:guid Registration:pointer Interface:pointer
   InstallMultipleProtocolInterfaces Handle:pointer
   UninstallMultipleProtocolInterfaces Handle:handle
   CalculateCrc32 Data:pointer DataSize:u64 Crc32:pointer
   CopyMem Destination:pointer Source:pointer Length:u64
   SetMem Buffer:pointer Size:u64 Value:u8
   CreateEventEx Type:u32 NotifyTpl:u64 NotifyFunction:pointer NotifyContext:pointer EventGroup:guid Event:pointer`,
);

/** Runtime services (UEFI 2.10, 4.5). */
export const RUNTIME_SERVICES = signatures(
  'EFI_RUNTIME_SERVICES',
  `GetTime Time:pointer Capabilities:pointer
   SetTime Time:pointer
   GetWakeupTime Enabled:pointer Pending:pointer Time:pointer
   SetWakeupTime Enable:bool Time:pointer
   SetVirtualAddressMap MemoryMapSize:u64 DescriptorSize:u64 DescriptorVersion:u32 VirtualMap:pointer
   ConvertPointer DebugDisposition:u64 Address:pointer
   GetVariable VariableName:string VendorGuid:guid Attributes:pointer DataSize:pointer Data:pointer
   GetNextVariableName VariableNameSize:pointer VariableName:string VendorGuid:guid
   SetVariable VariableName:string VendorGuid:guid Attributes:u32 DataSize:u64 Data:pointer
   GetNextHighMonotonicCount HighCount:pointer
   ResetSystem ResetType:u32 ResetStatus:u64 DataSize:u64 ResetData:pointer
   UpdateCapsule CapsuleHeaderArray:pointer CapsuleCount:u64 ScatterGatherList:pointer
   QueryCapsuleCapabilities CapsuleHeaderArray:pointer CapsuleCount:u64 MaximumCapsuleSize:pointer ResetType:pointer
   QueryVariableInfo Attributes:u32 MaximumVariableStorageSize:pointer RemainingVariableStorageSize:pointer MaximumVariableSize:pointer`,
);

/** Simple text output protocol (UEFI 2.10, 12.4). */
export const TEXT_OUTPUT = signatures(
  'EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL',
  `Reset This:pointer ExtendedVerification:bool
   OutputString This:pointer String:string
   TestString This:pointer String:string
   QueryMode This:pointer ModeNumber:u64 Columns:pointer Rows:pointer
   SetMode This:pointer ModeNumber:u64
   SetAttribute This:pointer Attribute:u64
   ClearScreen This:pointer
   SetCursorPosition This:pointer Column:u64 Row:u64
   EnableCursor This:pointer Visible:bool`,
);

/** Simple text input protocol (UEFI 2.10, 12.3). */
export const TEXT_INPUT = signatures(
  'EFI_SIMPLE_TEXT_INPUT_PROTOCOL',
  `Reset This:pointer ExtendedVerification:bool
   ReadKeyStroke This:pointer Key:pointer`,
);

/** Simple text input ex protocol (UEFI 2.10, 12.2). */
export const TEXT_INPUT_EX = signatures(
  'EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL',
  `Reset This:pointer ExtendedVerification:bool
   ReadKeyStrokeEx This:pointer KeyData:pointer
   SetState This:pointer KeyToggleState:pointer
   RegisterKeyNotify This:pointer KeyData:pointer KeyNotificationFunction:pointer NotifyHandle:pointer
   UnregisterKeyNotify This:pointer NotificationHandle:handle`,
);

/** Simple file system protocol (UEFI 2.10, 13.4). */
export const FILE_SYSTEM = signatures(
  'EFI_SIMPLE_FILE_SYSTEM_PROTOCOL',
  'OpenVolume This:pointer Root:pointer',
);

/** File protocol (UEFI 2.10, 13.5). */
export const FILE = signatures(
  'EFI_FILE_PROTOCOL',
  `Open This:pointer NewHandle:pointer FileName:string OpenMode:u64 Attributes:u64
   Close This:pointer
   Delete This:pointer
   Read This:pointer BufferSize:pointer Buffer:pointer
   Write This:pointer BufferSize:pointer Buffer:pointer
   GetPosition This:pointer Position:pointer
   SetPosition This:pointer Position:u64
   GetInfo This:pointer InformationType:guid BufferSize:pointer Buffer:pointer
   SetInfo This:pointer InformationType:guid BufferSize:u64 Buffer:pointer
   Flush This:pointer`,
);

/** Graphics output protocol (UEFI 2.10, 12.9). */
export const GRAPHICS_OUTPUT = signatures(
  'EFI_GRAPHICS_OUTPUT_PROTOCOL',
  `QueryMode This:pointer ModeNumber:u32 SizeOfInfo:pointer Info:pointer
   SetMode This:pointer ModeNumber:u32
   Blt This:pointer BltBuffer:pointer BltOperation:u32 SourceX:u64 SourceY:u64 DestinationX:u64 DestinationY:u64 Width:u64 Height:u64 Delta:u64`,
);

/** Random number generator protocol (UEFI 2.10, 37.5). */
export const RANDOM = signatures(
  'EFI_RNG_PROTOCOL',
  `GetInfo This:pointer RNGAlgorithmListSize:pointer RNGAlgorithmList:pointer
   GetRNG This:pointer RNGAlgorithm:guid RNGValueLength:u64 RNGValue:pointer`,
);

/** What a loaded image can be asked (UEFI 2.10, 9.1). */
export const LOADED_IMAGE = signatures('EFI_LOADED_IMAGE_PROTOCOL', 'Unload ImageHandle:handle');

/** The entry point's return address leads to it: not a service, but how a program ends. */
export const IMAGE_RETURN = signatures('EFI_IMAGE', 'Return ExitStatus:u64');

/** Services that return something else than a status, or nothing. */
export const WITHOUT_STATUS: ReadonlySet<Signature> = new Set(
  BOOT_SERVICES.filter(({ name }) =>
    ['RaiseTPL', 'RestoreTPL', 'CopyMem', 'SetMem'].includes(name),
  ),
);

/** All services; the index is the number that a stub calls with. */
export const SERVICES: readonly Signature[] = [
  ...BOOT_SERVICES,
  ...RUNTIME_SERVICES,
  ...TEXT_OUTPUT,
  ...TEXT_INPUT,
  ...TEXT_INPUT_EX,
  ...FILE_SYSTEM,
  ...FILE,
  ...GRAPHICS_OUTPUT,
  ...RANDOM,
  ...LOADED_IMAGE,
  ...IMAGE_RETURN,
];

const NUMBERS = new Map(SERVICES.map((service, number) => [service, number]));

/** The number of a service, which its stub hands to the firmware. */
export function serviceNumber(service: Signature): number {
  return NUMBERS.get(service)!;
}
