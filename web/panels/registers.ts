/** Registers of the state: what the last step changed is marked, what the next changes is told. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import type { StateDocument } from '../documents.js';
import { fullHex, hex, visible, wide } from '../text.js';

const GENERAL = [
  ['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'rsp'],
  ['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'],
].flat();
const SYSTEM = ['cr0', 'cr2', 'cr3', 'cr4', 'efer', 'cs', 'ss', 'ds', 'es', 'fs', 'gs', 'fs_base', 'gs_base']; // prettier-ignore

export function registersPanel(app: App): TemplateResult {
  const state = app.a.state.value;
  return html`<section class="panel registers" aria-label="Registers">
    <header>
      <h2>Registers</h2>
      <button
        class="plain"
        aria-pressed=${app.allRegisters ? 'true' : 'false'}
        title="Show every register that is recorded"
        @click=${() => {
          app.allRegisters = !app.allRegisters;
          app.show();
        }}
      >
        all
      </button>
    </header>
    ${
      app.a.state.problem === undefined
        ? nothing
        : html`<p class="problem" role="alert">${visible(app.a.state.problem)}</p>`
    }
    ${state === undefined ? nothing : registerGrid(app, state)}
  </section>`;
}

function registerGrid(app: App, state: StateDocument): TemplateResult {
  const values = new Map(state.registers.map((each) => [each.name, each]));
  const rest = state.registers.map(({ name }) => name);
  const told = new Set([...GENERAL, ...SYSTEM, 'rflags']);
  const others = app.allRegisters ? rest.filter((name) => !told.has(name)) : [];
  const changed = new Set(state.before?.registers.map(({ name }) => name));
  const next = new Map(state.next?.registers.map(({ name, after }) => [name, after]));
  const cell = (name: string): TemplateResult | typeof nothing => {
    const found = values.get(name);
    if (found === undefined) return nothing;
    const { selection } = app.place;
    const isSelected = selection?.kind === 'register' && selection.name === name;
    const after = next.get(name);
    const old = state.before?.registers.find((each) => each.name === name)?.before;
    return html`<button
      class=${`register${changed.has(name) ? ' changed' : ''}${isSelected ? ' selected' : ''}`}
      data-register=${name}
      aria-pressed=${isSelected ? 'true' : 'false'}
      title=${[
        `${name} = ${wide(found.value).toString()}`,
        changed.has(name) && old !== null && old !== undefined
          ? `the last step changed it from ${hex(old)}`
          : '',
        after === undefined ? '' : `the next step makes it ${hex(after)}`,
      ]
        .filter((line) => line !== '')
        .join('\n')}
      @click=${() => {
        app.select(isSelected ? undefined : { kind: 'register', name });
      }}
    >
      <span class="name">${name}</span
      ><span class="value">${digits(fullHex(found.value, found.bits))}</span
      >${after === undefined ? nothing : html`<span class="next" aria-label=${`next ${hex(after)}`}>›</span>`}
    </button>`;
  };
  return html`<div class="register-grid" role="group" aria-label="General registers">
      <div class="register rip" data-register="rip" title=${state.symbol ?? ''}>
        <span class="name">rip</span
        ><span class="value">${state.rip === null ? '?' : digits(fullHex(state.rip, 64))}</span>
      </div>
      ${cell('rflags')} ${GENERAL.map(cell)}
    </div>
    <p class="flags">${state.flags === '' ? 'no flags' : state.flags}</p>
    ${
      app.allRegisters
        ? html`<div class="register-grid others" role="group" aria-label="Other registers">
            ${[...SYSTEM, ...others].map(cell)}
          </div>`
        : nothing
    }`;
}

/** Leading zeros are faint: what is not zero is what one looks for. */
export function digits(text: string): TemplateResult {
  const zeros = /^0*(?=.)/.exec(text)?.[0].length ?? 0;
  return html`<span class="zeros">${text.slice(0, zeros)}</span>${text.slice(zeros)}`;
}
