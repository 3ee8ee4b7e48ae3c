// The transcript column: turns by speaker, gaps where they are, a scroll that yields to the reader.

import { Component, html } from "./vendor/htm-preact.js";
import { withMasks } from "./masks.js";
import { Replies } from "./replies.js";
import { rowsOf } from "./turns.js";
import { SPEAKERS, clock, gapWords } from "./words.js";

const AT_END_PX = 32; // nearer to the end than about a line counts as following
const POINTED_MS = 2_500; // how long a line stays marked after a jump to it

export function lineId(contactId, utteranceId) {
  return `line-${contactId}-${utteranceId}`;
}

// Shows the line a cue was earned by, or the one nearest in time.
export function pointAt(contact, heard) {
  const nearest = contact.lines.reduce(
    (best, line) =>
      best && Math.abs(best.started_ms - heard.started_ms) <= Math.abs(line.started_ms - heard.started_ms)
        ? best
        : line,
    null,
  );
  const wanted = contact.lines.find((line) => line.utterance_id === heard.utterance_id) ?? nearest;
  const element = wanted && document.getElementById(lineId(contact.contact_id, wanted.utterance_id));
  if (!element) return;
  element.scrollIntoView({ block: "center" });
  element.focus({ preventScroll: true });
  element.classList.add("pointed");
  setTimeout(() => element.classList.remove("pointed"), POINTED_MS);
}

export class Transcript extends Component {
  following = true;
  pane = null;
  resizing = new ResizeObserver(() => this.keepUp());
  state = { unread: 0 };

  componentDidMount() {
    this.resizing.observe(this.pane);
    this.keepUp();
  }

  componentWillUnmount() {
    this.resizing.disconnect();
  }

  componentDidUpdate(before) {
    const isOther = before.contact.contact_id !== this.props.contact.contact_id;
    if (isOther) this.following = true;
    if (this.following) this.keepUp();
    else if (before.contact.lines !== this.props.contact.lines) this.countUnread(before);
  }

  keepUp() {
    if (this.following && this.pane) this.pane.scrollTop = this.pane.scrollHeight;
  }

  countUnread(before) {
    const known = new Set(before.contact.lines.map((line) => line.utterance_id));
    const arrived = this.props.contact.lines.filter((line) => !known.has(line.utterance_id)).length;
    if (arrived > 0) this.setState({ unread: this.state.unread + arrived });
  }

  onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.pane;
    const atEnd = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    if (atEnd === this.following) return;
    this.following = atEnd;
    this.setState({ unread: 0 });
  }

  toLatest() {
    this.following = true;
    this.setState({ unread: 0 });
    this.keepUp();
    this.pane.focus({ preventScroll: true });
  }

  render({ contact }, { unread }) {
    const rows = rowsOf(contact);
    return html`<section class="transcript" aria-labelledby="transcript-title">
      <h2 id="transcript-title">Transcript</h2>
      <div
        class="pane"
        tabindex="0"
        role="group"
        aria-labelledby="transcript-title"
        ref=${(element) => (this.pane = element)}
        onScroll=${() => this.onScroll()}
      >
        ${rows.length === 0 && html`<p class="empty">${emptyWords(contact)}</p>`}
        <ol class="lines">
          ${rows.map((row) =>
            row.gap
              ? html`<${Gap} key=${row.gap.key} gap=${row.gap} />`
              : html`<${Turn}
                  key=${row.lines[0].utterance_id}
                  contactId=${contact.contact_id}
                  lines=${row.lines}
                  translated=${contact.translated}
                />`,
          )}
        </ol>
        ${contact.complete && html`<p class="complete">Transcript complete. Nothing more will follow.</p>`}
      </div>
      ${!this.following &&
      html`<button type="button" class="latest" onClick=${() => this.toLatest()}>
        Jump to latest${unread > 0 ? ` (${unread} new)` : ""} <span aria-hidden="true">↓</span>
      </button>`}
      <${Replies} contact=${contact} />
    </section>`;
  }
}

class Turn extends Component {
  shouldComponentUpdate({ lines, translated }) {
    const before = this.props;
    return (
      lines.length !== before.lines.length ||
      lines.some(
        (line, at) =>
          line !== before.lines[at] ||
          translated.get(line.utterance_id) !== before.translated.get(line.utterance_id),
      )
    );
  }

  render({ contactId, lines, translated }) {
    const [{ speaker, started_ms }] = lines;
    return html`<li class="turn ${speaker}">
      <time class="at">${clock(started_ms)}</time>${" "}
      <span class="who">${SPEAKERS[speaker] ?? speaker}</span>${" "}
      <span class="said">
        ${lines.map((line, at) => [at > 0 && " ", utterance(contactId, line)])}
        ${inOtherWords(lines, translated)}
      </span>
    </li>`;
  }
}

function utterance(contactId, line) {
  const words = withMasks(line.text);
  return html`<span
    key=${line.utterance_id}
    class="utterance ${line.final ? "final" : "partial"}"
    id=${lineId(contactId, line.utterance_id)}
    tabindex="-1"
    >${words}${!line.final && html`<span class="speaking"> (still speaking)</span>`}</span
  >`;
}

// A turn's translation as one; of what was dropped it says so.
function inOtherWords(lines, translated) {
  const found = lines.map((line) => translated.get(line.utterance_id)).filter(Boolean);
  if (found.length === 0) return null;
  const words = found.map((one) => one.text ?? "(not translated)").join(" ");
  return html`<span class="translated" lang=${found[0].target}>${withMasks(words)}</span>`;
}

function Gap({ gap }) {
  const { what, span, why } = gapWords(gap);
  return html`<li class="gap">
    <span class="gap-words"><strong>${what}</strong>, ${span}${why && ` (${why})`}</span>
  </li>`;
}

function emptyWords(contact) {
  if (contact.phase === "ended") return "Nothing was said.";
  return contact.notHeard ? "Not being heard yet." : "Listening. What is said appears here.";
}
