/** Variables (UEFI 2.10, 8.2), those of the firmware itself (3.3) and those of `--efi-vars`. */
import { inputError } from '../../base/errors.js';
import { GUID } from '../../uefi/guids.js';

/** Attributes of a variable, as bits. */
export const Attribute = { nonVolatile: 1, bootService: 2, runtime: 4, append: 0x40 } as const;
const AUTHENTICATED = 0x10 | 0x20;
/** What QueryVariableInfo says that all variables may take. */
export const VARIABLE_STORAGE_BYTES = 256 * 1024;
/** The most bytes that one variable may take, its name among them. */
export const MAX_VARIABLE_BYTES = 32 * 1024;

/** A variable. */
export interface Variable {
  readonly name: string;
  readonly vendor: string;
  readonly attributes: number;
  /** In hexadecimal: plain text in a file that people may write. */
  readonly data: string;
}

const BOOT_AND_RUNTIME = Attribute.bootService | Attribute.runtime;

/** What every guest finds: no Secure Boot, English. */
const OWN: readonly Variable[] = [
  own('SecureBoot', BOOT_AND_RUNTIME, '00'),
  own('SetupMode', BOOT_AND_RUNTIME, '01'),
  own('BootCurrent', BOOT_AND_RUNTIME, '0000'),
  own(
    'PlatformLang',
    BOOT_AND_RUNTIME | Attribute.nonVolatile,
    Buffer.from('en\0').toString('hex'),
  ),
  own('PlatformLangCodes', BOOT_AND_RUNTIME, Buffer.from('en\0').toString('hex')),
  own('OsIndicationsSupported', BOOT_AND_RUNTIME, '0000000000000000'),
];

function own(name: string, attributes: number, data: string): Variable {
  return { name, vendor: GUID.EFI_GLOBAL_VARIABLE, attributes, data };
}

/** All variables, in the order in which they were set first. */
export class VariableStore {
  #variables: Variable[];

  constructor(more: readonly Variable[] = []) {
    this.#variables = [...OWN];
    for (const variable of more) this.set(variable);
  }

  get(name: string, vendor: string): Variable | undefined {
    return this.#variables.find((each) => each.name === name && each.vendor === vendor);
  }

  /** Replaces the variable of this name; without data it goes. */
  set(variable: Variable): void {
    const at = this.#variables.findIndex(
      (each) => each.name === variable.name && each.vendor === variable.vendor,
    );
    if (at >= 0) this.#variables.splice(at, 1, ...(variable.data === '' ? [] : [variable]));
    else if (variable.data !== '') this.#variables.push(variable);
  }

  /** The first variable, or the one behind this one; undefined where it is the last, or unknown. */
  after(
    name: string,
    vendor: string,
  ): { readonly isKnown: boolean; readonly next: Variable | undefined } {
    if (name === '') return { isKnown: true, next: this.#variables[0] };
    const at = this.#variables.findIndex((each) => each.name === name && each.vendor === vendor);
    return { isKnown: at >= 0, next: at < 0 ? undefined : this.#variables[at + 1] };
  }

  /** Bytes that all variables take: names and data. */
  get usedBytes(): number {
    return this.#variables.reduce(
      (sum, { name, data }) => sum + 2 * name.length + data.length / 2,
      0,
    );
  }

  save(): readonly Variable[] {
    return this.#variables;
  }

  restore(variables: readonly Variable[]): void {
    this.#variables = [...variables];
  }
}

/** Whether writing such a variable takes a signature, which this firmware does not check. */
export function isAuthenticated(attributes: number): boolean {
  return (attributes & AUTHENTICATED) !== 0;
}

const DEFAULT_ATTRIBUTES = BOOT_AND_RUNTIME | Attribute.nonVolatile;
const GUID_TEXT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Reads the variables of `--efi-vars`: a JSON array of `{ name, vendor, attributes, data }`, the data in
 * hexadecimal.
 *
 * @throws KvmtraceError (2) that names the file and what is wrong in it
 */
export function parseVariables(path: string, text: string): Variable[] {
  const wrong = (what: string): Error =>
    inputError(
      `--efi-vars ${JSON.stringify(path)} ${what}: give a JSON array of {"name", "vendor": GUID, "attributes": number, "data": hexadecimal}.`,
    );
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw wrong('is no JSON');
  }
  if (!Array.isArray(list)) throw wrong('is no array');
  return list.map((entry: unknown, index) => {
    const {
      name,
      vendor,
      attributes = DEFAULT_ATTRIBUTES,
      data,
    } = (entry ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string' || name === '') throw wrong(`has no name in entry ${index}`);
    if (typeof vendor !== 'string' || !GUID_TEXT.test(vendor)) {
      throw wrong(`has no GUID as the vendor of ${JSON.stringify(name)}`);
    }
    if (typeof attributes !== 'number' || !Number.isInteger(attributes)) {
      throw wrong(`has attributes of ${JSON.stringify(name)} that are no integer`);
    }
    if (typeof data !== 'string' || !/^([0-9a-f]{2})+$/i.test(data)) {
      throw wrong(`has data of ${JSON.stringify(name)} that are no hexadecimal bytes`);
    }
    return { name, vendor, attributes, data: data.toLowerCase() };
  });
}
