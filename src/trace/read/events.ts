/** What the machine exchanged with the world: ports, MMIO, interruptions, inputs. */
import { INTERRUPTION_KINDS, type InterruptionKind } from '../format/events.js';
import type { Connection, Query } from './connection.js';
import {
  blob,
  flag,
  natural,
  optional,
  text,
  unsigned,
  within,
  word,
  writeStep,
  WrongValueError,
  type Row,
} from './values.js';

/** A step's access to a port. */
export interface PortAccess {
  readonly step: number;
  readonly port: number;
  readonly direction: 'in' | 'out';
  /** Bytes of one access: 1, 2 or 4. */
  readonly size: number;
  /** Accesses: more than one for INS and OUTS. */
  readonly count: number;
  /** `size * count` bytes: what the guest got or sent. */
  readonly data: Uint8Array;
}

/** A step's access to memory of a device. */
export interface MmioAccess {
  readonly step: number;
  readonly gpa: number;
  readonly direction: 'read' | 'write';
  readonly data: Uint8Array;
}

/** An exception or interrupt, delivered before `step`; its effects are recorded with `step - 1`. */
export interface Interruption {
  readonly step: number;
  readonly vector: number;
  readonly kind: InterruptionKind;
  readonly errorCode: bigint | undefined;
  readonly cr2: bigint | undefined;
  /** The interrupted rip. */
  readonly rip: bigint;
  /** Delivered by the recorder, because this KVM could not. */
  readonly assisted: boolean;
}

/** A result that does not follow from the state before: `kind` is 'tsc', 'random' … */
export interface InputValue {
  readonly step: number;
  readonly kind: string;
  readonly value: bigint;
}

/** Of struct kvm_run's mmio.data (linux/kvm.h). */
const MAX_MMIO_BYTES = 8;

const RANGE = 'WHERE step >= ? AND step < ? ORDER BY step, id';

/** Each method gives the rows of the steps from `from` up to, not including, `to`, in order. */
export class EventReader {
  readonly #ports: Query<PortAccess>;
  readonly #mmio: Query<MmioAccess>;
  readonly #interruptions: Query<Interruption>;
  readonly #inputs: Query<InputValue>;
  readonly #assisted: Query<number>;
  readonly #nextInterruption: Query<number>;
  readonly #lastInterruption: Query<number>;

  constructor(connection: Connection) {
    this.#ports = connection.query(
      'port_io',
      `SELECT step, port, direction, size, count, data FROM port_io ${RANGE}`,
      decodePort,
    );
    this.#mmio = connection.query(
      'mmio',
      `SELECT step, gpa, direction, size, data FROM mmio ${RANGE}`,
      (row) => ({
        step: writeStep(row, 0),
        gpa: natural(row, 1),
        direction: word(row, 2, ['read', 'write']),
        data: blob(row, 4, within(row, 3, 1, MAX_MMIO_BYTES, 'a size of 1 to 8')),
      }),
    );
    this.#interruptions = connection.query(
      'interruption',
      `SELECT step, vector, kind, error_code, cr2, rip, assisted FROM interruption ${RANGE}`,
      (row) => ({
        step: natural(row, 0),
        vector: within(row, 1, 0, 255, 'a vector'),
        kind: word(row, 2, INTERRUPTION_KINDS),
        errorCode: optional(decodeErrorCode, row, 3),
        cr2: optional(unsigned, row, 4),
        rip: unsigned(row, 5),
        assisted: flag(row, 6),
      }),
    );
    this.#inputs = connection.query(
      'input_value',
      `SELECT step, kind, value FROM input_value ${RANGE}`,
      (row) => ({ step: writeStep(row, 0), kind: text(row, 1), value: unsigned(row, 2) }),
    );
    const ofVector = 'AND vector BETWEEN ? AND ? ORDER BY step';
    this.#nextInterruption = connection.query(
      'interruption',
      `SELECT step FROM interruption WHERE step >= ? ${ofVector} LIMIT 1`,
      (row) => natural(row, 0),
    );
    this.#lastInterruption = connection.query(
      'interruption',
      `SELECT step FROM interruption WHERE step < ? ${ofVector} DESC LIMIT 1`,
      (row) => natural(row, 0),
    );
    this.#assisted = connection.query(
      'assisted',
      'SELECT step FROM assisted WHERE step >= ? AND step < ? ORDER BY step',
      (row) => natural(row, 0),
    );
  }

  /** The first step from `from` on that an interruption, of a vector if given, was delivered before. */
  nextInterruption(from: number, vector: number | undefined): number | undefined {
    return this.#nextInterruption.first(from, vector ?? 0, vector ?? 255);
  }

  /** The newest step before `before` that one was delivered before. */
  lastInterruption(before: number, vector: number | undefined): number | undefined {
    return this.#lastInterruption.first(before, vector ?? 0, vector ?? 255);
  }

  ports(from: number, to: number): PortAccess[] {
    return this.#ports.all(from, to);
  }

  mmio(from: number, to: number): MmioAccess[] {
    return this.#mmio.all(from, to);
  }

  interruptions(from: number, to: number): Interruption[] {
    return this.#interruptions.all(from, to);
  }

  inputs(from: number, to: number): InputValue[] {
    return this.#inputs.all(from, to);
  }

  /** The steps whose instruction the recorder carried out, because this KVM could not. */
  assisted(from: number, to: number): number[] {
    return this.#assisted.all(from, to);
  }
}

function decodePort(row: Row): PortAccess {
  const size = within(row, 3, 1, 4, 'a size of 1, 2 or 4');
  if (size === 3) throw new WrongValueError('a size of 1, 2 or 4', row[3]);
  const count = within(row, 4, 1, 2 ** 31, 'a number of accesses');
  return {
    step: writeStep(row, 0),
    port: within(row, 1, 0, 0xffff, 'a port'),
    direction: word(row, 2, ['in', 'out']),
    size,
    count,
    data: blob(row, 5, size * count),
  };
}

/** Whatever the processor pushes: 32 bits (SDM vol. 3A, 6.13). */
function decodeErrorCode(row: Row, column: number): bigint {
  return BigInt(within(row, column, 0, 0xffff_ffff, 'an error code'));
}
