/** The calls under way, the innermost first. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { App } from '../app.js';
import { counted, hex, sourceText, visible } from '../text.js';
import { stepLink } from '../view/step-link.js';

export function stackPanel(app: App): TemplateResult {
  app.a.askStack();
  const { value, problem, busy } = app.a.stack;
  const isLate = busy && value === undefined;
  return html`<section class="panel stack" aria-label="Call stack">
    <header><h2>Call stack</h2></header>
    ${problem === undefined ? nothing : html`<p class="problem" role="alert">${visible(problem)}</p>`}
    ${isLate ? html`<p class="hint" role="status">${lateNote(app)}</p>` : nothing}
    <ol class="frames">
      ${value?.frames.map(
        (frame) =>
          html`<li>
            <span class="number">#${frame.frame}</span>
            <span class="place" title=${visible(frame.place ?? '')}
              >${visible(frame.function ?? hex(frame.address))}${frame.kind === 'call' || frame.kind === 'start' ? nothing : html` <em>${frame.kind}</em>`}</span
            >
            <span class="hint">${sourceText(frame.source)}</span>
            <span class="range"
              >${stepLink(app, frame.first_step)}–${
                frame.ended === 'open'
                  ? 'end'
                  : stepLink(app, frame.last_step, counted(frame.last_step))
              }</span
            >
          </li>`,
      )}
    </ol>
  </section>`;
}

/** Why an answer takes its time. */
export function lateNote(app: App): string {
  return app.about.trace.indexed
    ? 'looking …'
    : `The trace has no index: all ${counted(app.steps)} steps are gone through once. “kvmtrace index” keeps what is found.`;
}
