/** What a packet of gdb asks of a trace, and the answer. Knows nothing of connections. */
import { KvmtraceError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import { Position, type Direction, type Stop } from '../query/position.js';
import type { Trace } from '../query/trace.js';
import { Breakpoints } from './breakpoints.js';
import { GuestFile } from './guest-file.js';
import { hexOfBytes, hexOfText, parseHex, portion, textOfHex } from './hex.js';
import { Memory } from './memory.js';
import { monitor } from './monitor.js';
import { PACKET_BYTES } from './packet.js';
import { memoryAssignment, refusal, registerAssignment } from './refusal.js';
import { featuresFor, type Bits } from './register.js';
import { Registers } from './registers.js';
import { targetXml } from './target-description.js';

/** What a session is begun with. */
export interface SessionOptions {
  readonly position: Position;
  /** What to describe the guest as; default: as the code is that runs where gdb connects. */
  readonly bits?: Bits | undefined;
  /** Where gdb finds the guest's symbols, if anywhere. */
  readonly guestFile?: string | undefined;
  /** Whether gdb asks for an end of what is under way. */
  readonly isInterrupted: () => boolean;
  /** Shows text in gdb while it waits. */
  readonly print: (text: string) => void;
  /** Shows text to whoever started the server. */
  readonly notice: (text: string) => void;
}

/** The answer to a packet that none is sent to. */
export const NO_REPLY = undefined;

const OK = 'OK';
/** What the protocol has for packets that are not known. */
const UNKNOWN = '';
const WRONG = 'E16';
/** SIGTRAP and SIGINT, by gdb's numbers. */
const TRAP = 'T05';
const INTERRUPTED = 'T02';

class SearchInterrupted extends Error {}

/** One connection of gdb. */
export class Session {
  readonly #options: SessionOptions;
  readonly #trace: Trace;
  readonly #position: Position;
  readonly #bits: Bits;
  readonly #xml: string;
  readonly #registers: Registers;
  readonly #memory: Memory;
  readonly #breakpoints = new Breakpoints();
  readonly #file: GuestFile | undefined;
  /** The operand size that gdb has last been told of. */
  #toldBits: Bits;
  /** The last stop reply, which `?` asks for again. */
  #stopped: string | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#position = options.position;
    this.#trace = this.#position.trace;
    this.#bits = options.bits ?? this.#codeBits();
    this.#toldBits = this.#bits;
    const features = featuresFor(this.#bits, this.#trace.state(0).registers());
    this.#xml = targetXml(this.#bits, features);
    this.#registers = new Registers(features);
    this.#memory = new Memory(this.#bits);
    if (options.guestFile !== undefined) this.#file = new GuestFile(options.guestFile);
    this.#trace.onWork = () => {
      if (options.isInterrupted()) throw new SearchInterrupted();
    };
  }

  /** The operand size of what runs next, or, at the end, of what ran last. */
  #codeBits(): Bits {
    const { state, step } = this.#position;
    const instruction =
      state.instruction ?? this.#trace.executed(Math.max(0, step - 1), step)[0]?.instruction;
    return instruction?.mode ?? 64;
  }

  /** Ends the session; the position stays where it is. */
  close(): void {
    this.#file?.close();
    this.#trace.onWork = undefined;
  }

  /**
   * Answers a packet.
   *
   * @param packet its payload, each character a byte
   * @returns the payload of the answer, or `NO_REPLY`
   */
  answer(packet: string): string | undefined {
    try {
      return this.#answer(packet);
    } catch (error) {
      if (error instanceof SearchInterrupted) return this.#stopReply(INTERRUPTED);
      // The trace turns out to be damaged: gdb shows what follows the point.
      if (error instanceof KvmtraceError) return `E.${printable(error.message)}`;
      throw error;
    }
  }

  #answer(packet: string): string | undefined {
    const rest = packet.slice(1);
    switch (packet[0]) {
      case '?':
        return this.#stopped ?? this.#stopReply(TRAP);
      case 'g':
        return this.#registers.general(this.#position.state);
      case 'p': {
        const number = parseHex(rest);
        const digits =
          number === undefined
            ? undefined
            : this.#registers.one(this.#position.state, Number(number));
        return digits ?? WRONG;
      }
      case 'm':
        return this.#memory.read(this.#position.state, rest);
      case 'x': {
        const bytes = this.#memory.bytes(this.#position.state, rest);
        return typeof bytes === 'string' ? bytes : `b${Buffer.from(bytes).toString('latin1')}`;
      }
      case 'G':
      case 'P':
        return this.#refuseRegister(packet);
      case 'M':
      case 'X':
        return this.#refuseMemory(packet);
      case 'Z':
        return this.#breakpoints.insert(rest, this.#memory);
      case 'z':
        return this.#breakpoints.remove(rest);
      case 'c':
      case 'C':
      case 's':
      case 'S':
        return this.#resume(packet);
      case 'b':
        if (rest === 'c') return this.#run('backward');
        return rest === 's' ? this.#move('backward') : UNKNOWN;
      case 'H':
      case 'T':
      case '!':
        return OK;
      case 'D':
        this.#breakpoints.clear();
        return OK;
      case 'k':
        return NO_REPLY;
      case 'R':
        this.#position.seek(0);
        return NO_REPLY;
      case 'q':
      case 'Q':
        return this.#query(packet);
      case 'v':
        return this.#verbose(packet);
      default:
        return UNKNOWN;
    }
  }

  #query(packet: string): string {
    const [name = '', ...rest] = packet.split(':');
    switch (name) {
      case 'qSupported':
        return this.#supported();
      case 'QStartNoAckMode':
        return OK;
      case 'qXfer':
        return this.#transfer(rest);
      case 'qC':
        return 'QC1';
      case 'qfThreadInfo':
        return 'm1';
      case 'qsThreadInfo':
        return 'l';
      case 'qThreadExtraInfo,1':
        return hexOfText('vCPU 0');
      case 'qAttached':
        return '1';
      case 'qSymbol':
        return OK;
      case 'Qqemu.PhyMemMode':
        this.#memory.physical = rest[0] === '1';
        return OK;
      case 'qqemu.PhyMemMode':
        return this.#memory.physical ? '1' : '0';
      default:
        return packet.startsWith('qRcmd,') ? this.#monitor(textOfHex(packet.slice(6))) : UNKNOWN;
    }
  }

  #supported(): string {
    // No memory map: gdb would take its addresses, which are physical, for linear ones, and refuse others.
    return [
      `PacketSize=${PACKET_BYTES.toString(16)}`,
      ...['QStartNoAckMode+', 'qXfer:features:read+', 'qXfer:threads:read+'],
      ...(this.#file === undefined ? [] : ['qXfer:exec-file:read+']),
      ...['vContSupported+', 'ReverseStep+', 'ReverseContinue+', 'swbreak+', 'hwbreak+'],
    ].join(';');
  }

  /** @param parts object, `read`, annex, range */
  #transfer([object, , annex, range = '']: readonly string[]): string {
    if (object === 'features') return annex === 'target.xml' ? portion(this.#xml, range) : 'E00';
    if (object === 'threads') {
      return portion('<threads><thread id="1" core="0" name="vCPU 0"/></threads>', range);
    }
    if (object === 'exec-file' && this.#file !== undefined) return portion(this.#file.path, range);
    return UNKNOWN;
  }

  #verbose(packet: string): string | undefined {
    if (packet === 'vCont?') return 'vCont;c;C;s;S;r';
    if (packet.startsWith('vCont;')) return this.#resume(packet.slice(6).split(';')[0]!);
    if (packet.startsWith('vFile:') && this.#file !== undefined) {
      return this.#file.answer(packet.slice(6));
    }
    if (packet.startsWith('vKill')) return OK;
    if (packet.startsWith('vRun')) return this.#runProgram(packet.split(';').slice(2));
    return UNKNOWN;
  }

  /** @param action `c`, `s`, `C05`, `S05`, `r1000,1004`, each with `:thread` or without */
  #resume(action: string): string {
    switch (action[0]) {
      case 'c':
      case 'C':
        return this.#run('forward');
      case 's':
      case 'S':
        return this.#move('forward');
      case 'r':
        return this.#stepOutOf(action.slice(1).split(':')[0]!);
      default:
        return WRONG;
    }
  }

  #run(direction: Direction): string {
    this.#announce();
    return this.#tell(this.#position.run(direction, this.#breakpoints.conditions));
  }

  #move(direction: Direction): string {
    return this.#tell(this.#position.move(direction));
  }

  /** One step, and further ones while they are in a range of addresses. */
  #stepOutOf(range: string): string {
    const [start, end] = range.split(',').map((each) => parseHex(each));
    if (start === undefined || end === undefined) return WRONG;
    this.#announce();
    const isOutside = ({ address }: { address: bigint }): boolean =>
      address < start || address >= end;
    return this.#tell(
      this.#position.walk(
        'forward',
        ({ instruction }) => isOutside(instruction),
        this.#breakpoints.conditions,
      ),
    );
  }

  /** `run N` of an extended connection: from there on. */
  #runProgram([argument = '']: readonly string[]): string {
    const text = textOfHex(argument);
    for (const line of text === '' ? [] : monitor(this.#position, `goto ${text}`)) {
      this.#options.notice(line);
    }
    if (text === '') this.#position.seek(0);
    return this.#stopReply(TRAP);
  }

  #tell({ reason, hits }: Stop): string {
    switch (reason) {
      case 'beginning':
        return this.#stopReply(TRAP, 'replaylog:begin;');
      case 'end':
        this.#options.print(`${this.#ending()}\n`);
        return this.#stopReply(TRAP, 'replaylog:end;');
      case 'condition':
      case 'moved':
        return this.#stopReply(TRAP, this.#breakpoints.reason(hits));
    }
  }

  #stopReply(signal: string, reason = ''): string {
    this.#tellMode();
    const registers = this.#registers.expedited(this.#position.state);
    this.#stopped = `${signal}thread:1;`;
    return `${signal}${reason}${registers}thread:1;`;
  }

  /** Why the recording goes no further. */
  #ending(): string {
    const { meta, stepCount } = this.#trace;
    const [reason, detail] = ['stop_reason', 'stop_detail'].map((key) => meta.get(key));
    const why = detail ?? reason;
    return `The recording ends here, with state ${stepCount}${typeof why === 'string' ? `: ${printable(why)}` : ''}.`;
  }

  /** gdb keeps the architecture that it connected with. */
  #tellMode(): void {
    const bits = this.#codeBits();
    if (bits === this.#toldBits) return;
    this.#toldBits = bits;
    if (bits === this.#bits) return;
    this.#options.notice(
      `step ${this.#position.step} runs ${bits}-bit code, and gdb has taken the guest for ${this.#bits}-bit: connect again here (kvmtrace gdb --at ${this.#position.step}) to see it as it is.`,
    );
  }

  /** A search that goes through the whole trace takes long, once. */
  #announce(): void {
    if (!this.#breakpoints.needsAccesses || this.#trace.hasIndex) return;
    this.#options.print('Reading through the trace for accesses (kvmtrace index keeps them) …\n');
  }

  #monitor(text: string): string {
    try {
      for (const line of monitor(this.#position, text)) this.#options.print(`${line}\n`);
    } catch (error) {
      if (!(error instanceof SearchInterrupted)) throw error;
      this.#options.print('interrupted\n');
    }
    return OK;
  }

  /** @param packet `P10=0000…` or `G` with all registers */
  #refuseRegister(packet: string): string {
    const { path } = this.#trace;
    const { step } = this.#position;
    const [, number, digits] = /^P([0-9a-f]+)=([0-9a-f]+)$/i.exec(packet) ?? [];
    if (number === undefined || digits === undefined) {
      return `E.${refusal(path, step, undefined)}`;
    }
    const name = this.#registers.nameOf(parseInt(number, 16));
    return `E.${refusal(path, step, registerAssignment(name, digits))}`;
  }

  /** @param packet `M1000,4:01020304`, or `X` with the bytes as they are; gdb shows no text of the answer */
  #refuseMemory(packet: string): string {
    const [head = '', ...data] = packet.slice(1).split(':');
    const [address, length] = head.split(',').map((each) => parseHex(each));
    if (address === undefined || length === undefined) return WRONG;
    // A probe for whether bytes as they are can be sent.
    if (length === 0n) return packet.startsWith('X') ? UNKNOWN : OK;
    const text = data.join(':');
    const digits = packet.startsWith('X') ? hexOfBytes(Buffer.from(text, 'latin1')) : text;
    const { state, step } = this.#position;
    const place = this.#memory.physical
      ? { gpa: Number(address) }
      : { gva: this.#memory.address(address) };
    const assignment = memoryAssignment(state, place, digits);
    this.#options.notice(`${refusal(this.#trace.path, step, assignment)}.`);
    return 'E01';
  }
}
