/** Memory of the state, in hexadecimal and as text: what the last step changed is marked. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import type { MemoryDocument } from '../documents.js';
import { fullHex, hex, visible, wide } from '../text.js';
import { mounted } from '../view/directives.js';

const ROW_BYTES = 16;
const ROW_HEIGHT = 20;

/** Places that one often wants. */
const SHORTCUTS = ['rsp', 'rip', 'rsi', 'rdi'];

interface Byte {
  readonly value: number;
  readonly changed: boolean;
  readonly gpa: number | undefined;
}

export class MemoryPanel {
  #app: App | undefined;
  #wheel = 0;
  readonly #observer = new ResizeObserver(([entry]) => {
    const app = this.#app;
    const rows = Math.max(1, Math.floor((entry?.contentRect.height ?? 200) / ROW_HEIGHT));
    if (app === undefined || rows === app.memoryRows) return;
    app.memoryRows = rows;
    app.show();
  });

  view(app: App): TemplateResult {
    this.#app = app;
    const { memory, physical } = app.place;
    app.a.askMemory(memory, physical, app.memorySkip, app.memoryRows);
    const { value, problem } = app.a.memory;
    return html`<section class="panel memory" aria-label="Memory">
      <header>
        <h2>Memory</h2>
        <input
          class="place-input"
          aria-label="Address, register or symbol"
          title="Address, register or symbol with an offset: rsp, 0x1000, buffer+8"
          spellcheck="false"
          .value=${memory}
          @change=${(event: Event) => {
            this.#open((event.target as HTMLInputElement).value.trim(), physical);
          }}
        />
        ${SHORTCUTS.map(
          (name) =>
            html`<button
              class="plain"
              aria-pressed=${memory === name ? 'true' : 'false'}
              title=${`Follow ${name}`}
              @click=${() => {
                this.#open(name, false);
              }}
            >
              ${name}
            </button>`,
        )}
        <button
          class="plain"
          aria-pressed=${physical ? 'true' : 'false'}
          title="Guest-physical rather than linear addresses"
          @click=${() => {
            this.#open(memory, !physical);
          }}
        >
          physical
        </button>
        <span class="hint">${visible(value?.symbol ?? '')}</span>
      </header>
      ${problem === undefined ? nothing : html`<p class="problem" role="alert">${visible(problem)}</p>`}
      <div
        class="dump"
        role="grid"
        aria-label="Bytes of memory"
        tabindex="0"
        @wheel=${{
          handleEvent: (event: WheelEvent) => {
            this.#onWheel(event);
          },
          passive: false,
        }}
        ${mounted((element) => {
          this.#observer.observe(element);
        })}
      >
        ${value === undefined ? nothing : rowsOf(app, value)}
      </div>
    </section>`;
  }

  scroll(rows: number): void {
    const app = this.#app;
    if (app === undefined) return;
    app.memorySkip += rows;
    app.show();
  }

  #open(memory: string, physical: boolean): void {
    const app = this.#app;
    if (app === undefined) return;
    app.memorySkip = 0;
    app.change({ memory: memory === '' ? 'rsp' : memory, physical }, true);
  }

  #onWheel(event: WheelEvent): void {
    event.preventDefault();
    this.#wheel += event.deltaMode === 1 ? event.deltaY : event.deltaY / ROW_HEIGHT;
    const rows = Math.trunc(this.#wheel);
    this.#wheel -= rows;
    if (rows !== 0) this.scroll(rows);
  }
}

/** Bytes by their place among those that were asked for; what could not be read is missing. */
function bytesOf({ first, pieces }: MemoryDocument): Map<number, Byte> {
  const bytes = new Map<number, Byte>();
  for (const piece of pieces) {
    const offset = Number(wide(piece.address) - wide(first));
    const changed = new Set(piece.changed);
    for (let i = 0; 2 * i < piece.bytes.length; i++) {
      const value = parseInt(piece.bytes.slice(2 * i, 2 * i + 2), 16);
      const gpa = piece.gpa === null ? undefined : piece.gpa + i;
      bytes.set(offset + i, { value, changed: changed.has(i), gpa });
    }
  }
  return bytes;
}

function rowsOf(app: App, value: MemoryDocument): TemplateResult[] {
  const bytes = bytesOf(value);
  const first = wide(value.first);
  const isWide = first + BigInt(value.length) > 1n << 32n;
  const faults = new Map(
    value.pieces.flatMap(({ address, bytes: read, fault }) =>
      fault === null
        ? []
        : [[Math.floor((Number(wide(address) - first) + read.length / 2) / ROW_BYTES), fault]],
    ),
  );
  return Array.from({ length: Math.ceil(value.length / ROW_BYTES) }, (_, row) => {
    const address = first + BigInt(row * ROW_BYTES);
    const own = Array.from({ length: ROW_BYTES }, (__, i) => bytes.get(row * ROW_BYTES + i));
    const fault = faults.get(row);
    return html`<div class="dump-row" role="row">
      <span class="address" role="rowheader">${fullHex(address.toString(), isWide ? 64 : 32)}</span
      >${own.map((byte, i) => byteCell(app, value, address + BigInt(i), byte, i))}<span
        class="text"
        role="gridcell"
        >${own.map((byte) => character(byte))}</span
      >${fault === undefined ? nothing : html`<span class="fault" role="gridcell" title=${fault}>${visible(fault)}</span>`}
    </div>`;
  });
}

function byteCell(
  app: App,
  { physical }: MemoryDocument,
  address: bigint,
  byte: Byte | undefined,
  index: number,
): TemplateResult {
  if (byte === undefined)
    return html`<span class=${`byte none${gap(index)}`} role="gridcell">··</span>`;
  const classes = [
    `byte${gap(index)}`,
    byte.value === 0 ? 'zero' : '',
    byte.changed ? 'changed' : '',
    isSelected(app, address, physical) ? 'selected' : '',
  ];
  const text = byte.value.toString(16).padStart(2, '0');
  return html`<button
    class=${classes.filter((name) => name !== '').join(' ')}
    role="gridcell"
    tabindex="-1"
    aria-label=${`${hex(address)}: ${text}${byte.changed ? ', changed by the last step' : ''}`}
    data-address=${hex(address)}
    @click=${() => {
      app.select({ kind: 'memory', address: hex(address), physical, length: 1 });
    }}
  >
    ${byte.value.toString(16).padStart(2, '0')}
  </button>`;
}

function gap(index: number): string {
  return index === 8 ? ' half' : '';
}

function isSelected(app: App, address: bigint, physical: boolean): boolean {
  const { selection } = app.place;
  if (selection?.kind !== 'memory' || selection.physical !== physical) return false;
  const offset = address - BigInt(selection.address);
  return offset >= 0n && offset < BigInt(selection.length);
}

function character(byte: Byte | undefined): TemplateResult {
  const code = byte?.value ?? 0;
  const isText = code >= 0x20 && code < 0x7f;
  return html`<span class=${byte?.changed === true ? 'changed' : isText ? '' : 'zero'}
    >${isText ? String.fromCharCode(code) : '·'}</span
  >`;
}
