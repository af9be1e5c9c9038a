/**
 * The firmware as a device: a guest's call comes in through one port, and the answer goes out through it
 * (thunk.ts). What it knows can be saved as JSON and taken up again.
 */
import { inputError } from '../../base/errors.js';
import type { Device } from '../../devices/device.js';
import { Call } from '../../uefi/call.js';
import { CallStack, type ImageFrame } from './call-stack.js';
import { Console } from '../console.js';
import type { Clock } from '../clock.js';
import type { Efi, Handlers, ImageChange } from './efi.js';
import { EventTable } from './events.js';
import type { GuestView } from '../../uefi/guest-view.js';
import { GUID } from '../../uefi/guids.js';
import { HandleDatabase } from './handles.js';
import { Images } from './images.js';
import type { FirmwareLayout } from './layout.js';
import { EFI_PAGE_BYTES, MemoryMap, type MemoryRange } from './memory-map.js';
import { OpenFiles } from './open-files.js';
import { Pool } from './pool.js';
import { Registrations } from './registrations.js';
import type { Reply } from '../../uefi/reply.js';
import { SERVICES } from '../../uefi/services.js';
import { consoleServices } from './handlers/console.js';
import { eventServices } from './handlers/events.js';
import { fileServices } from './handlers/files.js';
import { graphicsServices } from './handlers/graphics.js';
import { imageServices } from './handlers/images.js';
import { memoryServices } from './handlers/memory.js';
import { protocolServices } from './handlers/protocols.js';
import { randomServices } from './handlers/random.js';
import { runtimeServices } from './handlers/runtime.js';
import { EFI_SUCCESS, EfiFailure, efiError } from '../../uefi/status.js';
import { CALL_PORT, RETURN_PORT } from '../../uefi/thunk.js';
import { VariableStore, type Variable } from './variables.js';
import { Volume, type VolumeOptions } from './volume.js';

const HANDLERS: Handlers = new Map([
  ...memoryServices,
  ...eventServices,
  ...protocolServices,
  ...imageServices,
  ...runtimeServices,
  ...consoleServices,
  ...fileServices,
  ...graphicsServices,
  ...randomServices,
]);

/** What a guest's firmware starts from; plain data. */
export interface FirmwareSetup {
  readonly layout: FirmwareLayout;
  /** All RAM, as GetMemoryMap is to tell it. */
  readonly memory: readonly MemoryRange[];
  readonly image: { readonly base: number; readonly size: number; readonly entry: number };
  readonly volume: VolumeOptions;
  readonly variables: readonly Variable[];
}

/** What the firmware needs of the recorder. */
export interface FirmwareHost {
  /** What is typed on the console. */
  readonly input: Uint8Array;
  readonly clock: Clock;
  readonly onOutput: (bytes: Uint8Array) => void;
  /** The program is done. */
  readonly onEnd: (status: bigint, detail: string) => void;
}

/** The UEFI firmware of one machine. Its time is that of `clock`: timers are looked at when the program asks. */
export class Firmware implements Device {
  readonly name = 'uefi';
  readonly ports = [
    { first: CALL_PORT, count: 1, wide: true },
    { first: RETURN_PORT, count: 1, wide: true },
  ];
  readonly #efi: Efi;
  #layout: FirmwareLayout;
  readonly #stack = new CallStack();
  #guest: GuestView | undefined;
  /** Services that are not implemented here, and how often they were called. */
  #unsupported = new Map<string, number>();

  /** @param given undefined for one that `restore` fills */
  constructor(host: FirmwareHost, given: FirmwareSetup | undefined) {
    const setup = given ?? NOTHING_YET;
    this.#layout = setup.layout;
    const map = new MemoryMap(setup.memory);
    this.#efi = {
      layout: setup.layout,
      map,
      pool: new Pool(map),
      handles: new HandleDatabase(),
      registrations: new Registrations(),
      events: new EventTable(),
      variables: new VariableStore(setup.variables),
      console: new Console(host.input, host.onOutput),
      files: new OpenFiles(new Volume(setup.volume)),
      images: new Images(),
      clock: host.clock,
      configuration: [],
      monotonicCount: 0,
      random: 0,
      hasExitedBootServices: false,
      end: host.onEnd,
    };
    if (given === undefined) return;
    installOwn(this.#efi);
    const { base, size, entry } = setup.image;
    const pages = Math.ceil(size / EFI_PAGE_BYTES);
    this.#efi.images.add({
      handle: setup.layout.handles.image,
      base,
      pages,
      entry,
      isStarted: true,
    });
  }

  /** The guest whose calls these are. */
  attach(guest: GuestView): void {
    this.#guest = guest;
  }

  /** `EFI_BOOT_SERVICES.SetTime` and how often, of the calls that returned EFI_UNSUPPORTED for want of code. */
  get unsupported(): ReadonlyMap<string, number> {
    return this.#unsupported;
  }

  read(_port: number, size: number): number {
    return size === 1 ? this.#stack.readByte() : this.#stack.readWord();
  }

  write(port: number, _size: number, value: number): void {
    if (port === CALL_PORT) this.#call(value);
    else this.#returned();
  }

  save(): Uint8Array {
    const { map, pool, handles, registrations, events, variables, console, files, images } =
      this.#efi;
    const { configuration, monotonicCount, random, hasExitedBootServices } = this.#efi;
    const state = {
      ...{ map: map.save(), pool: pool.save(), handles: handles.save(), events: events.save() },
      ...{
        registrations: registrations.save(),
        variables: variables.save(),
        console: console.save(),
      },
      ...{ files: files.save(), images: images.save(), stack: this.#stack.save() },
      ...{ configuration, monotonicCount, random, hasExitedBootServices },
      ...{ layout: this.#layout, unsupported: [...this.#unsupported] },
    };
    return Buffer.from(JSON.stringify(state));
  }

  restore(bytes: Uint8Array): void {
    try {
      this.#restore(JSON.parse(Buffer.from(bytes).toString()) as never);
    } catch (error) {
      throw inputError(
        'The snapshot has a state of the UEFI firmware that cannot be read: it is broken, or of another version of kvmtrace; record again.',
        error,
      );
    }
  }

  #restore(state: Record<string, never>): void {
    const efi = this.#efi;
    for (const part of [
      'map',
      'pool',
      'handles',
      'registrations',
      'events',
      'variables',
    ] as const) {
      efi[part].restore(state[part]!);
    }
    for (const part of ['console', 'files', 'images'] as const) efi[part].restore(state[part]!);
    this.#stack.restore(state['stack']!);
    Object.assign(efi, {
      layout: state['layout'],
      configuration: state['configuration'],
      monotonicCount: state['monotonicCount'],
      random: state['random'],
      hasExitedBootServices: state['hasExitedBootServices'],
    });
    this.#layout = efi.layout;
    this.#unsupported = new Map(state['unsupported']);
  }

  /** A stub was called. */
  #call(number: number): void {
    const service = SERVICES[number];
    if (service === undefined || this.#guest === undefined) return;
    const call = new Call(this.#guest, service);
    this.#efi.events.advance(this.#efi.clock.now);
    const outcome = this.#run(call);
    if (typeof outcome === 'bigint') {
      this.#stack.push(call.reply);
      this.#finish(call.reply, outcome);
    } else {
      this.#change(call, outcome);
    }
  }

  #run(call: Call): bigint | ImageChange {
    const { service } = call;
    const handler = HANDLERS.get(service);
    if (handler === undefined) {
      const name = `${service.table}.${service.name}`;
      this.#unsupported.set(name, (this.#unsupported.get(name) ?? 0) + 1);
      return efiError('EFI_UNSUPPORTED');
    }
    try {
      return handler(this.#efi, call) ?? EFI_SUCCESS;
    } catch (error) {
      if (error instanceof EfiFailure) return error.status;
      throw error;
    }
  }

  /** Before a service returns, notification functions run that its task priority lets in. */
  #finish(reply: Reply, status: bigint): void {
    const { events } = this.#efi;
    const event = events.takeRunnable();
    if (event === undefined) {
      reply.return(status);
      return;
    }
    this.#stack.enter({ kind: 'notify', tpl: events.tpl, status: status.toString(16) });
    events.tpl = event.tpl;
    reply.call(event.notify, event.id, BigInt(`0x${event.context}`));
  }

  #change(call: Call, change: ImageChange): void {
    if ('start' in change) {
      const { start, exitDataSize, exitData } = change;
      start.isStarted = true;
      const { depth } = this.#stack;
      const { stackPointer } = call;
      this.#stack.push(call.reply);
      this.#stack.enter({
        kind: 'image',
        handle: start.handle,
        stackPointer,
        depth,
        exitDataSize,
        exitData,
      });
      call.reply.call(start.entry, start.handle, BigInt(this.#layout.systemTable));
      return;
    }
    const frame = this.#stack.unwind(change.exit.handle);
    this.#stack.push(call.reply);
    if (frame === undefined) {
      this.#finish(call.reply, efiError('EFI_INVALID_PARAMETER'));
      return;
    }
    call.reply.unwind(frame.stackPointer);
    this.#ended(frame, call.reply, change);
  }

  /** A guest function has returned to the thunk. */
  #returned(): void {
    const left = this.#stack.leave();
    if (left === undefined || this.#guest === undefined) return;
    const { frame, reply } = left;
    if (frame.kind === 'notify') {
      this.#efi.events.tpl = frame.tpl;
      this.#finish(reply, BigInt(`0x${frame.status}`));
    } else {
      const status = this.#guest.register(RAX);
      this.#ended(frame, reply, { status, exitDataSize: 0, exitData: 0 });
    }
  }

  /** A started program has come to its end: StartImage returns what it returned. */
  #ended(
    frame: ImageFrame,
    reply: Reply,
    end: { readonly status: bigint; readonly exitDataSize: number; readonly exitData: number },
  ): void {
    const image = this.#efi.images.get(frame.handle);
    if (image !== undefined) image.isStarted = false;
    if (frame.exitDataSize !== 0) reply.u64(frame.exitDataSize, end.exitDataSize);
    if (frame.exitData !== 0) reply.u64(frame.exitData, end.exitData);
    this.#finish(reply, end.status);
  }
}

/** Place in struct kvm_regs. */
const RAX = 0;

const NOTHING_YET: FirmwareSetup = {
  layout: {} as FirmwareLayout,
  memory: [],
  image: { base: 0, size: 0, entry: 0 },
  volume: { root: undefined, program: { hostPath: '', path: '' } },
  variables: [],
};

/** What a program finds installed. */
function installOwn({ handles, layout }: Efi): void {
  const { image, console, volume, graphics } = layout.handles;
  handles.install(image, GUID.EFI_LOADED_IMAGE_PROTOCOL, layout.loadedImage);
  handles.install(image, GUID.EFI_LOADED_IMAGE_DEVICE_PATH_PROTOCOL, layout.imagePath);
  handles.install(console, GUID.EFI_SIMPLE_TEXT_INPUT_PROTOCOL, layout.textInput);
  handles.install(console, GUID.EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL, layout.textInputEx);
  handles.install(console, GUID.EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL, layout.textOutput);
  handles.install(volume, GUID.EFI_SIMPLE_FILE_SYSTEM_PROTOCOL, layout.fileSystem);
  handles.install(volume, GUID.EFI_DEVICE_PATH_PROTOCOL, layout.volumePath);
  handles.install(graphics, GUID.EFI_GRAPHICS_OUTPUT_PROTOCOL, layout.graphics);
  handles.install(graphics, GUID.EFI_RNG_PROTOCOL, layout.random);
}
