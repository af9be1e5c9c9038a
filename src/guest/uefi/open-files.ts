/** Files that the guest has open: each an EFI_FILE_PROTOCOL in its memory and a position here. */
import { fail } from '../../uefi/status.js';
import { Volume } from './volume.js';

/** A file or directory that is open. */
export interface OpenFile {
  readonly path: string;
  readonly isDirectory: boolean;
  readonly isWritable: boolean;
  /** Bytes, or entries of a directory that were read. */
  position: number;
}

interface Saved {
  readonly volume: ReturnType<Volume['save']>;
  readonly open: readonly (readonly [address: number, file: OpenFile])[];
}

/** The open files, by the address of their protocol. */
export class OpenFiles {
  volume: Volume;
  #open = new Map<number, OpenFile>();

  constructor(volume: Volume) {
    this.volume = volume;
  }

  add(address: number, file: OpenFile): void {
    this.#open.set(address, file);
  }

  /** @throws EfiFailure where no file is open at this address */
  at(address: number): OpenFile {
    return this.#open.get(address) ?? fail('EFI_INVALID_PARAMETER');
  }

  remove(address: number): void {
    this.#open.delete(address);
  }

  save(): Saved {
    return { volume: this.volume.save(), open: [...this.#open] };
  }

  restore({ volume, open }: Saved): void {
    this.volume = Volume.restore(volume);
    this.#open = new Map(open.map(([address, file]) => [address, { ...file }]));
  }
}
