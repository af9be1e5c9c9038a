/** SQL: what is a step in the result leads there. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import type { SqlDocument } from '../documents.js';
import { counted, visible } from '../text.js';
import { stepLink } from '../view/step-link.js';

export function sqlPanel(app: App): TemplateResult {
  app.schema.ask({});
  const { value } = app.schema;
  const run = (): void => {
    if (app.sqlText.trim() !== '') void app.runSql();
  };
  return html`<div class="sql">
    <div class="sql-input">
      <textarea
        aria-label="SQL"
        placeholder="SELECT step, port, hex(data) FROM port_io"
        spellcheck="false"
        .value=${app.sqlText}
        @input=${(event: Event) => {
          app.sqlText = (event.target as HTMLTextAreaElement).value;
        }}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          run();
        }}
      ></textarea>
      <div class="sql-buttons">
        <button title="Ctrl+Enter" @click=${run}>Run</button>
        ${
          app.sqlRun === undefined
            ? nothing
            : html`<button
                @click=${() => {
                  app.sqlRun?.controller.abort();
                }}
              >
                Stop
              </button>`
        }
        <select
          aria-label="Ready-made questions"
          @change=${(event: Event) => {
            const select = event.target as HTMLSelectElement;
            const found = value?.questions.find(({ name }) => name === select.value);
            select.value = '';
            if (found !== undefined) void app.runSql(found.sql);
          }}
        >
          <option value="">Questions …</option>
          ${value?.questions.map(({ name, text }) => html`<option value=${name} title=${text}>${name}</option>`)}
        </select>
        <select
          aria-label="Tables"
          @change=${(event: Event) => {
            const select = event.target as HTMLSelectElement;
            const name = select.value;
            select.value = '';
            if (name !== '')
              void app.runSql(`SELECT * FROM "${name.replaceAll('"', '""')}" LIMIT 100`);
          }}
        >
          <option value="">Tables …</option>
          ${value?.tables.map(({ name, columns }) => html`<option value=${name} title=${visible(columns.join(', '))}>${visible(name)}</option>`)}
        </select>
      </div>
    </div>
    <div class="sql-result" tabindex="0" role="region" aria-label="Result of the SQL">
      ${app.sqlRun === undefined ? nothing : html`<p class="hint" role="status">running …</p>`}
      ${app.sqlProblem === undefined ? nothing : html`<p class="problem" role="alert">${visible(app.sqlProblem)}</p>`}
      ${app.sqlResult === undefined ? nothing : table(app, app.sqlResult)}
    </div>
  </div>`;
}

function table(app: App, { columns, rows, more }: SqlDocument): TemplateResult {
  return html`<table>
      <thead>
        <tr>
          ${columns.map(({ name }) => html`<th scope="col">${visible(name)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((text, i) => html`<td class=${columns[i]!.kind}>${cell(app, text, columns[i]!.kind)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="hint">
      ${counted(rows.length)} rows${more ? ', and more: add a LIMIT or a condition' : ''}
    </p>`;
}

function cell(app: App, text: string | null, kind: string): TemplateResult | string {
  if (text === null) return html`<span class="hint">NULL</span>`;
  const step = Number(text);
  const isStep = kind === 'step' && /^\d+$/.test(text) && step <= app.steps;
  return isStep ? stepLink(app, step) : visible(text);
}
