// What the contact came to: sentences that lead to where they were heard, and the agent's own words.

import { chooseDisposition, CommandRefused, editSummary, sumUp } from "./commands.js";
import { withMasks } from "./masks.js";
import { Component, html } from "./vendor/htm-preact.js";
import { DISPOSITIONS, NOTHING_SUMMED_UP } from "./words.js";

const TEXT_CHARS_MAX = 20_000; // what the server takes

export class Summary extends Component {
  state = { draft: null, isBusy: false, problem: null };

  async doing(work) {
    this.setState({ isBusy: true, problem: null });
    try {
      await work();
      this.setState({ isBusy: false, draft: null });
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error;
      this.setState({ isBusy: false, problem: error.message });
    }
  }

  render({ contact, agentId, onPoint }, { draft, isBusy, problem }) {
    const { summary, contact_id: id } = contact;
    if (summary === null && contact.lines.length === 0) return null;
    return html`<section class="summary" aria-labelledby="summary-title">
      <h3 id="summary-title">
        ${summary === null || summary.isFinal ? "Summary" : "Summary so far"}
        ${summary?.sentences.length > 0 && html`<span class="how">${howWords(summary)}</span>`}
      </h3>
      ${summary === null ? null : draft === null ? this.shown(summary, onPoint) : this.editor(summary)}
      <footer>${this.actions({ contact, summary, draft, isBusy, id, agentId })}</footer>
      ${problem && html`<p class="problem" role="alert">Not recorded: ${problem}.</p>`}
    </section>`;
  }

  shown(summary, onPoint) {
    if (summary.edited !== null) return html`<p class="edited">${summary.edited}</p>`;
    if (summary.sentences.length === 0) {
      return html`<p class="none">${NOTHING_SUMMED_UP[summary.why] ?? "Nothing to sum up."}</p>`;
    }
    return html`<ul>
      ${[...summary.sentences, ...summary.followUps].map(
        (one) => html`<li class=${one.field}>
          <button type="button" class="sentence"
            onClick=${() => onPoint({ utterance_id: one.utterance_ids[0], started_ms: 0 })}
            >${withMasks(one.text)}</button
          >
        </li>`,
      )}
    </ul>`;
  }

  editor(summary) {
    return html`<label class="unseen" for="summary-text">Your summary</label>
      <textarea id="summary-text" rows="6" maxlength=${TEXT_CHARS_MAX} value=${this.state.draft}
        onInput=${(event) => this.setState({ draft: event.target.value })}></textarea>`;
  }

  actions({ contact, summary, draft, isBusy, id, agentId }) {
    if (draft !== null) {
      return html`<button type="button" class="use" disabled=${isBusy || !draft.trim()}
          onClick=${() => void this.doing(() => editSummary(id, agentId, draft.trim()))}>Save</button>
        <button type="button" class="dismiss" disabled=${isBusy}
          onClick=${() => this.setState({ draft: null, problem: null })}>Leave as it is</button>`;
    }
    const isOver = contact.phase === "ended";
    return html`
      ${!isOver &&
      html`<button type="button" class="dismiss" disabled=${isBusy}
        onClick=${() => void this.doing(() => sumUp(id))}>Sum up so far</button>`}
      ${isOver &&
      summary !== null &&
      html`<button type="button" class="dismiss" disabled=${isBusy}
        onClick=${() => this.setState({ draft: textOf(summary) })}>Edit</button>`}
      ${isOver && summary !== null && this.disposition({ summary, isBusy, id, agentId })}
    `;
  }

  disposition({ summary, isBusy, id, agentId }) {
    const chosen = summary.chosen ?? "";
    const known = Object.keys(DISPOSITIONS);
    const codes = chosen && !known.includes(chosen) ? [...known, chosen] : known;
    return html`<label class="disposition">
      Ended as
      <select disabled=${isBusy} value=${chosen}
        onChange=${(event) => void this.doing(() => chooseDisposition(id, agentId, event.target.value))}>
        ${!chosen && html`<option value="" disabled selected>${proposedWords(summary)}</option>`}
        ${codes.map((code) => html`<option value=${code}>${DISPOSITIONS[code] ?? code}</option>`)}
      </select>
    </label>`;
  }
}

function howWords({ by, edited }) {
  if (edited !== null) return "in the agent’s words";
  return by === null ? "quoted from the call" : `written by ${by}`;
}

function proposedWords({ proposed }) {
  const words = DISPOSITIONS[proposed];
  return words ? `${words}? (proposed)` : "Choose…";
}

function textOf({ edited, sentences, followUps }) {
  return edited ?? [...sentences, ...followUps].map((one) => one.text).join("\n");
}
