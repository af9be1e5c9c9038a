import type { HazardGroup } from '../hazard.js';
import { EXCEPTIONS } from './exceptions.js';
import { FLAGS } from './flags.js';
import { FRAME_FLAGS } from './frames.js';
import { NO_SINGLE_STEP_TRAP } from './no-single-step-trap.js';
import { HALT } from './halt.js';
import { INJECTION } from './injection.js';
import { MEMORY_MAPPED } from './mmio.js';
import { PLAIN } from './plain.js';
import { PORTS } from './ports.js';
import { SOFTWARE_INTERRUPTS } from './software-interrupts.js';
import { STRINGS } from './strings.js';
import { USER_MODE } from './user-mode.js';

/** All that kvmtrace knows KVMs to differ in, in the order in which doctor prints it. */
export const HAZARD_GROUPS: readonly HazardGroup[] = [
  PLAIN,
  PORTS,
  MEMORY_MAPPED,
  STRINGS,
  HALT,
  NO_SINGLE_STEP_TRAP,
  FLAGS,
  SOFTWARE_INTERRUPTS,
  EXCEPTIONS,
  INJECTION,
  FRAME_FLAGS,
  USER_MODE,
];
