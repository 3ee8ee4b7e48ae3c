// The cue column: what is advised now, the summary, what was advised, and the checklist.

import { Component, html } from "./vendor/htm-preact.js";
import { withMasks } from "./masks.js";
import { Summary } from "./summary.js";
import { KINDS, OUTCOMES, clock } from "./words.js";

const EARLIER_SHOWN = 20; // an hour's call earns more than anybody reads again

const MARKS = {
  hint: "M8 1.8a4.2 4.2 0 0 0-2.2 7.8v1.6h4.4V9.600A4.200 4.200 0 0 0 8 1.800zM6.200 13h3.600M7 14.600h2",
  warning: "M8 2 14.500 13.500h-13zM8 6.500v3.200M8 11.400v.4",
  next_action: "M2.500 8h10M9 4l4 4-4 4",
};

export function Cues({ contact, agentId, sight, doing, onAct, onPoint }) {
  const open = contact.cues.filter((cue) => cue.outcome === "open");
  const earlier = contact.cues.filter((cue) => cue.outcome !== "open").slice(0, EARLIER_SHOWN);
  return html`<section class="advice" aria-labelledby="cues-title">
    <h2 id="cues-title">
      Cues ${open.length > 0 && html`<span class="count">${open.length}</span>`}
      ${contact.stage && html`<span class="stage" title="Stage of the call">${contact.stage.title}</span>`}
    </h2>
    <div class="pane" tabindex="0" role="group" aria-labelledby="cues-title">
      ${open.length === 0 && html`<p class="empty">${nothingOpen(contact)}</p>`}
      <ol class="cues">
        ${open.map(
          (cue) => html`<${Cue}
            key=${cue.guidance_id}
            cue=${cue}
            contact=${contact}
            sight=${sight}
            doing=${doing.get(cue.guidance_id)}
            onAct=${onAct}
            onPoint=${onPoint}
          />`,
        )}
      </ol>
      <${Summary} key=${contact.contact_id} contact=${contact} agentId=${agentId} onPoint=${onPoint} />
      ${earlier.length > 0 && html`<${Earlier} cues=${earlier} />`}
    </div>
    ${contact.checklist.length > 0 && html`<${Checklist} items=${contact.checklist} onPoint=${onPoint} />`}
  </section>`;
}

class Cue extends Component {
  card = null;

  componentDidMount() {
    const { cue, contact, sight } = this.props;
    if (cue.shown) return;
    this.unwatch = sight.watch(this.card, {
      contactId: contact.contact_id,
      guidanceId: cue.guidance_id,
    });
  }

  componentWillUnmount() {
    this.unwatch?.();
  }

  render({ cue, contact, doing, onAct, onPoint }) {
    const titleId = `cue-${cue.guidance_id}`;
    const isBusy = Boolean(doing?.verb);
    const isOver = contact.phase === "ended";
    return html`<li>
      <article
        class="cue ${cue.kind}"
        tabindex="-1"
        data-guidance=${cue.guidance_id}
        aria-labelledby=${titleId}
        aria-busy=${isBusy ? "true" : null}
        ref=${(element) => (this.card = element)}
      >
        <p class="kind"><${Mark} kind=${cue.kind} />${KINDS[cue.kind] ?? cue.kind}</p>
        <h3 id=${titleId}>${cue.title}</h3>
        ${cue.body && html`<p class="body">${cue.body}</p>`}
        <${Evidence} of=${cue} onPoint=${onPoint} />
        <footer>
          <button type="button" class="use" disabled=${isBusy || isOver}
            aria-describedby=${titleId} onClick=${() => onAct(cue, "use")}>Use</button>
          <button type="button" class="dismiss" disabled=${isBusy || isOver}
            aria-describedby=${titleId} onClick=${() => onAct(cue, "dismiss")}>Dismiss</button>
          ${cue.playbook &&
          html`<span class="source" title="Playbook and version this cue comes from"
            >${cue.playbook} ${cue.playbook_version}</span
          >`}
        </footer>
        ${doing?.problem &&
        html`<p class="problem" role="alert">Not recorded: ${doing.problem}. Try again.</p>`}
      </article>
    </li>`;
  }
}

function Evidence({ of, onPoint }) {
  if (!of.evidence) return null;
  if (!of.heard) return html`<p class="evidence">heard: <q>${withMasks(of.evidence)}</q></p>`;
  return html`<button type="button" class="evidence" onClick=${() => onPoint(of.heard)}>
    heard: <q>${withMasks(of.evidence)}</q> <span class="at">at ${clock(of.heard.started_ms)}</span>
  </button>`;
}

function Checklist({ items, onPoint }) {
  const done = items.filter((item) => item.ticked).length;
  const count = done < items.length ? `${done} of ${items.length}` : `${done} done`;
  return html`<section class="checklist" aria-labelledby="checklist-title">
    <h3 id="checklist-title">
      Checklist <span class="count">${count}</span>
    </h3>
    <ul>
      ${items.map(
        (item) => html`<li key=${item.item} class=${itemState(item)}>
          <svg class="box" viewBox="0 0 16 16" aria-hidden="true">
            <rect x="1.500" y="1.500" width="13" height="13" rx="3" />
            ${item.ticked && html`<path d="M4.500 8.200 7 10.700l4.600-5.400" />`}
          </svg>
          <span class="unseen">${ITEM_STATES[itemState(item)]}: </span>
          <span class="what">${item.title}</span>
          ${item.heard &&
          html`<button type="button" class="when" onClick=${() => onPoint(item.heard)}
            aria-label=${`Show where: ${item.title}, at ${clock(item.heard.started_ms)}`}
            >${clock(item.heard.started_ms)}</button
          >`}
        </li>`,
      )}
    </ul>
  </section>`;
}

const ITEM_STATES = { ticked: "Done", open: "To do", missed: "Not said" };

function itemState({ ticked, missed }) {
  if (ticked) return "ticked";
  return missed ? "missed" : "open";
}

function Earlier({ cues }) {
  return html`<section class="earlier" aria-labelledby="earlier-title">
    <h3 id="earlier-title">Earlier</h3>
    <ul>
      ${cues.map(
        (cue) => html`<li key=${cue.guidance_id} class=${cue.outcome}>
          <span class="title"><span class="unseen">${KINDS[cue.kind] ?? cue.kind}: </span>${cue.title}</span>
          <span class="outcome">${OUTCOMES[cue.outcome]}</span>
        </li>`,
      )}
    </ul>
  </section>`;
}

function Mark({ kind }) {
  return html`<svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
    <path d=${MARKS[kind] ?? MARKS.hint} />
  </svg>`;
}

function nothingOpen(contact) {
  if (contact.phase === "ended") return "No open cues.";
  return "No cue right now. One appears here when the call earns it.";
}
