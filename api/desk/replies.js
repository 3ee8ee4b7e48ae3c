// What the agent types for a customer of another language: told in theirs, and spoken where it can be.

import { Asking } from "./asking.js";
import { reply } from "./commands.js";
import { html } from "./vendor/htm-preact.js";

const SHOWN = 5; // the newest
const TEXT_CHARS_MAX = 1_000;

export function Replies({ contact }) {
  const { translation, replies } = contact;
  if (translation.targets.length === 0) return null;
  if (!translation.configured) {
    return html`<p class="replies none">Translation is wanted and not configured: nothing is translated.</p>`;
  }
  return html`<section class="replies" aria-label="Replies">
    <ul>
      ${replies.slice(-SHOWN).map((one) => html`<${Reply} key=${one.reply_id} reply=${one} contact=${contact} />`)}
    </ul>
    ${contact.phase !== "ended" &&
    html`<${Asking}
      key=${contact.contact_id}
      id="reply"
      label="Reply in the customer’s language"
      hint="Type a reply; it is told in the customer’s language…"
      button="Send"
      max=${TEXT_CHARS_MAX}
      onSend=${(text) => reply(contact.contact_id, text)}
    />`}
  </section>`;
}

function Reply({ reply: one, contact }) {
  const audio = `/v1/contacts/${encodeURIComponent(contact.contact_id)}/replies/${encodeURIComponent(one.reply_id)}/audio`;
  return html`<li>
    <span class="typed">${one.text}</span>
    ${one.translated !== null && html`<span class="told" lang=${one.target}>${one.translated}</span>`}
    ${one.spokenMs !== null && html`<audio controls preload="none" src=${audio}></audio>`}
    ${one.failed !== null && html`<span class="problem">${failedWords(one)}</span>`}
    ${one.translated === null && one.failed === null && html`<span class="waiting">translating…</span>`}
  </li>`;
}

function failedWords({ failed, reason }) {
  const what = failed === "speech" ? "Not spoken" : "Not translated";
  return `${what}: ${(reason ?? "").replaceAll("_", " ")}`;
}
