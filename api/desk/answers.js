// Answers from the articles: what was asked, what stands in them, and in which one.

import { Asking } from "./asking.js";
import { askArticles } from "./commands.js";
import { withMasks } from "./masks.js";
import { html } from "./vendor/htm-preact.js";
import { clock } from "./words.js";

const SHOWN = 2; // the newest; nobody reads more of them while somebody talks
const QUESTION_CHARS_MAX = 500;

export function Answers({ contact, onPoint }) {
  const [newest, earlier] = [contact.answers.slice(0, SHOWN), contact.answers.slice(SHOWN)];
  const isOver = contact.phase === "ended";
  if (newest.length === 0 && isOver) return null;
  return html`<section class="answers" aria-label="Answers">
    ${newest.length > 0 &&
    html`<h2>Answers</h2>
      <div class="pane" tabindex="0" role="group" aria-label="Answers">
        <ol>
          ${newest.map((one) => html`<${Answer} key=${one.question_id} answer=${one} onPoint=${onPoint} />`)}
        </ol>
        ${earlier.length > 0 &&
        html`<details>
          <summary>${earlier.length} earlier</summary>
          <ol>
            ${earlier.map((one) => html`<${Answer} key=${one.question_id} answer=${one} onPoint=${onPoint} />`)}
          </ol>
        </details>`}
      </div>`}
    ${!isOver && html`<${AskArticles} contact=${contact} />`}
  </section>`;
}

function AskArticles({ contact }) {
  return html`<${Asking}
    key=${contact.contact_id}
    id="ask-articles"
    label="Ask the articles"
    hint="Ask the articles…"
    button="Ask"
    max=${QUESTION_CHARS_MAX}
    onSend=${(question) => askArticles(contact.contact_id, question)}
  />`;
}

function Answer({ answer, onPoint }) {
  return html`<li class="answer ${answer.text === null ? "refused" : ""}">
    <${Question} answer=${answer} onPoint=${onPoint} />
    ${answer.text === null
      ? html`<p class="none">No article answers this.</p>`
      : html`<p class="text">${answer.text}</p>
          <p class="from">${sourcesOf(answer)}</p>`}
  </li>`;
}

function Question({ answer, onPoint }) {
  const who = answer.byAgent ? "you asked" : "asked";
  if (!answer.heard) return html`<p class="asked">${who}: <q>${withMasks(answer.question)}</q></p>`;
  return html`<button type="button" class="evidence" onClick=${() => onPoint(answer.heard)}>
    ${who}: <q>${withMasks(answer.question)}</q>
    <span class="at"> at ${clock(answer.heard.started_ms)}</span>
  </button>`;
}

function sourcesOf({ citations, model }) {
  const used = citations.filter((one) => one.used);
  const titles = (used.length > 0 ? used : citations.slice(0, 1)).map(
    (one) => html`<cite title=${`${one.article_id}, version ${one.article_version}: ${one.quote}`}>${one.title}</cite>`,
  );
  const how = model === null ? "Quoted from" : `Written by ${model} from`;
  return [`${how} `, ...titles.flatMap((title, at) => (at > 0 ? [", ", title] : [title]))];
}
