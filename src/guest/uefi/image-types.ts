import { MemoryType } from './memory-map.js';

const BOOT_SERVICE_DRIVER = 11;
const RUNTIME_DRIVER = 12;

/** Memory types of an image's code and data, by its subsystem (UEFI 2.10, 2.1.1). */
export function imageTypes(subsystem: number): { readonly code: number; readonly data: number } {
  switch (subsystem) {
    case RUNTIME_DRIVER:
      return { code: MemoryType.runtimeServicesCode, data: MemoryType.runtimeServicesData };
    case BOOT_SERVICE_DRIVER:
      return { code: MemoryType.bootServicesCode, data: MemoryType.bootServicesData };
    default:
      return { code: MemoryType.loaderCode, data: MemoryType.loaderData };
  }
}
