/** Functions by their steps, bookmarks, and what the trace says of itself. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import { counted, hex, sourceText, visible } from '../text.js';
import { stepLink } from '../view/step-link.js';
import { lateNote } from './stack.js';

export function functionsPanel(app: App): TemplateResult {
  app.functions.ask({});
  const { value, problem } = app.functions;
  if (problem !== undefined) return html`<p class="problem" role="alert">${visible(problem)}</p>`;
  if (value === undefined) return html`<p class="hint" role="status">${lateNote(app)}</p>`;
  const percent = (steps: number): string => ((100 * steps) / Math.max(1, app.steps)).toFixed(1);
  return html`<table>
    <thead>
      <tr>
        <th scope="col" class="number">own</th>
        <th scope="col" class="number">%</th>
        <th scope="col" class="number">total</th>
        <th scope="col" class="number">calls</th>
        <th scope="col">function</th>
        <th scope="col">source</th>
        <th scope="col">calls</th>
      </tr>
    </thead>
    <tbody>
      ${value.functions.map(
        ({ address, name, source, calls, own_steps: own, total_steps: total }) =>
          html`<tr>
            <td class="number">${counted(own)}</td>
            <td class="number">${percent(own)}</td>
            <td class="number">${counted(total)}</td>
            <td class="number">${counted(calls)}</td>
            <td class="place">${visible(name ?? hex(address))}</td>
            <td class="hint">${sourceText(source)}</td>
            <td>
              <button
                class="plain"
                aria-label=${`Last call of ${name ?? hex(address)}`}
                title="Last call before this step"
                @click=${() => {
                  void app.goToExecution('backward', hex(address));
                }}
              >
                ‹
              </button>
              <button
                class="plain"
                aria-label=${`Next call of ${name ?? hex(address)}`}
                title="Next call after this step"
                @click=${() => {
                  void app.goToExecution('forward', hex(address));
                }}
              >
                ›
              </button>
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

export function marksPanel(app: App): TemplateResult {
  const { marks } = app.place;
  if (marks.length === 0) {
    return html`<p class="hint">
      No bookmarks. M sets one at this step, B and Shift+B go from one to the next; they are part of
      the URL.
    </p>`;
  }
  return html`<ul class="hits" aria-label="Bookmarks">
    ${marks.map((step) => {
      const row = step < app.steps ? app.a.rows.at(step) : undefined;
      return html`<li class="mark">
        ${stepLink(app, step)}
        <span class="place"
          >${row === undefined ? nothing : visible(row.symbol ?? hex(row.address))}</span
        >
        <span class="code">${row === undefined ? nothing : visible(row.text)}</span>
        <button
          class="plain"
          aria-label=${`Remove the bookmark at step ${String(step)}`}
          @click=${() => {
            app.toggleMark(step);
          }}
        >
          ×
        </button>
      </li>`;
    })}
  </ul>`;
}

export function tracePanel(app: App): TemplateResult {
  const { trace } = app.about;
  const lines: (readonly [string, string])[] = [
    ['trace', trace.path],
    ['steps', counted(trace.steps)],
    [
      'stopped by',
      [trace.stopped_by ?? 'nothing: the recording was cut', trace.stop_detail ?? '']
        .filter((text) => text !== '')
        .join(': '),
    ],
    ['index', trace.indexed ? 'in the file' : 'not in the file: “kvmtrace index” makes it'],
    ...trace.lines,
    ...trace.slots.map(
      ({ gpa, size, purpose }) =>
        ['memory', `${hex(gpa)}, ${hex(size)} bytes: ${purpose}`] as const,
    ),
  ];
  return html`<dl class="about">
    ${lines.map(
      ([name, words]) =>
        html`<dt>${visible(name)}</dt>
          <dd>${visible(words)}</dd>`,
    )}
  </dl>`;
}
