/** Connections of gdb to a trace: over TCP, one after the other, or over standard input and output. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { KvmtraceError, machineError } from '../base/errors.js';
import { printable } from '../base/printable.js';
import { hexOfText } from './hex.js';
import { encodePacket, PACKET_BYTES, PacketReader } from './packet.js';
import type { Bits } from './register.js';
import type { FromTraceThread, ToTraceThread, TraceThreadData } from './trace-thread.js';

/** What is served, and how. */
export interface GdbServerOptions {
  /** Path of the trace. */
  readonly path: string;
  /** The state that gdb begins at, as on the command line. */
  readonly at: string;
  readonly bits?: Bits | undefined;
  /** A file with symbols for gdb to read instead of the guest's. */
  readonly symbols?: string | undefined;
  /** Shows a line to whoever started the server. */
  readonly notice: (text: string) => void;
}

type Ready = Extract<FromTraceThread, { kind: 'ready' }>;

/** Of a packet that shows text: its digits are two a byte. */
const PRINTED_CHARACTERS = PACKET_BYTES / 8;

/** A trace, open for gdb. Begin with `open`; `close` ends its thread. */
export class GdbServer {
  readonly about: Ready;
  readonly #worker: Worker;
  readonly #interrupt: Int32Array;
  readonly #notice: (text: string) => void;
  #connection: Connection | undefined;
  #server: Server | undefined;

  private constructor(
    worker: Worker,
    about: Ready,
    interrupt: Int32Array,
    notice: (text: string) => void,
  ) {
    this.#worker = worker;
    this.about = about;
    this.#interrupt = interrupt;
    this.#notice = notice;
    worker.on('message', (message: FromTraceThread) => {
      this.#hear(message);
    });
  }

  /** @throws KvmtraceError (exit code 2) for what is no trace, and for a state that it does not have */
  static async open(options: GdbServerOptions): Promise<GdbServer> {
    const { path, at, bits, symbols, notice } = options;
    const interrupt = new Int32Array(new SharedArrayBuffer(4));
    const workerData: TraceThreadData = { path, at, bits, symbols, interrupt };
    const worker = new Worker(new URL('./trace-thread.js', import.meta.url), { workerData });
    const first = await new Promise<FromTraceThread>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if (first.kind === 'ready') return new GdbServer(worker, first, interrupt, notice);
    await worker.terminate();
    const { message, exitCode } = first as Extract<FromTraceThread, { kind: 'failed' }>;
    throw new KvmtraceError(message, exitCode);
  }

  /** Serves one connection until it ends. */
  serve(input: Readable, output: Writable): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#worker.once('error', reject);
      this.#say({ kind: 'connect' });
      const connection = new Connection(output, (payload) => {
        // What comes after the packet interrupts it; what came before has nothing to interrupt.
        Atomics.store(this.#interrupt, 0, 0);
        this.#say({ kind: 'packet', payload });
      });
      this.#connection = connection;
      const end = (): void => {
        // A search for a gdb that has gone ends.
        Atomics.store(this.#interrupt, 0, 1);
        if (this.#connection === connection) this.#connection = undefined;
        this.#worker.off('error', reject);
        resolve();
      };
      input.on('data', (bytes: Buffer) => {
        try {
          if (connection.receive(bytes)) Atomics.store(this.#interrupt, 0, 1);
        } catch (error) {
          this.#notice(`the connection is closed: ${error instanceof Error ? error.message : ''}.`);
          input.destroy();
        }
      });
      input.once('end', end);
      input.once('close', end);
      input.once('error', end);
      output.once('error', end);
    });
  }

  /**
   * Serves connections over TCP, one at a time, until closed.
   *
   * @returns the address that it listens at
   * @throws KvmtraceError (exit code 3) where the address cannot be listened on
   */
  listen(host: string, port: number): Promise<AddressInfo> {
    const server = createServer((socket) => {
      void this.#accept(socket);
    });
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const why = error.code ?? error.message;
        reject(
          machineError(
            `${host}:${port} cannot be listened at (${why}): choose another with --listen.`,
          ),
        );
      });
      server.listen(port, host, () => {
        resolve(server.address() as AddressInfo);
      });
    });
  }

  async close(): Promise<void> {
    Atomics.store(this.#interrupt, 0, 1);
    this.#server?.close();
    await this.#worker.terminate();
  }

  async #accept(socket: Duplex): Promise<void> {
    if (this.#connection !== undefined) {
      this.#notice('another gdb is connected, and one is served at a time.');
      socket.destroy();
      return;
    }
    await this.serve(socket, socket).catch((error: unknown) => {
      this.#notice(String(error));
    });
    socket.destroy();
  }

  #say(message: ToTraceThread): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromTraceThread): void {
    switch (message.kind) {
      case 'answer':
        if (message.payload !== undefined) this.#connection?.send(message.payload);
        break;
      case 'print':
        for (let at = 0; at < message.text.length; at += PRINTED_CHARACTERS) {
          const part = message.text.slice(at, at + PRINTED_CHARACTERS);
          this.#connection?.send(`O${hexOfText(part)}`);
        }
        break;
      case 'notice':
        this.#notice(printable(message.text));
        break;
      case 'ready':
      case 'failed':
        break;
    }
  }
}

/** Packets over a stream, acknowledged until gdb and server agree to leave that. */
class Connection {
  readonly #output: Writable;
  readonly #onPacket: (payload: string) => void;
  readonly #reader = new PacketReader();
  #acknowledges = true;
  #last = '';

  constructor(output: Writable, onPacket: (payload: string) => void) {
    this.#output = output;
    this.#onPacket = onPacket;
  }

  /** Returns whether the peer wants what is under way to end. */
  receive(bytes: Buffer): boolean {
    let interrupted = false;
    for (const each of this.#reader.push(bytes.toString('latin1'))) {
      switch (each.kind) {
        case 'packet':
          interrupted = false;
          if (this.#acknowledges) this.#write('+');
          if (each.payload === 'QStartNoAckMode') this.#acknowledges = false;
          this.#onPacket(each.payload);
          break;
        case 'damaged':
          if (this.#acknowledges) this.#write('-');
          break;
        case 'resend':
          this.#write(this.#last);
          break;
        case 'interrupt':
          interrupted = true;
          break;
      }
    }
    return interrupted;
  }

  send(payload: string): void {
    this.#last = encodePacket(payload);
    this.#write(this.#last);
  }

  #write(text: string): void {
    if (this.#output.writable) this.#output.write(text, 'latin1');
  }
}
