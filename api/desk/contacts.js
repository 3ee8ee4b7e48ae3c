// The list of contacts, when there is more than one.

import { html } from "./vendor/htm-preact.js";
import { clock } from "./words.js";

const PHASES = { live: "On the line", held: "On hold", ended: "Ended" };

export function Contacts({ contacts, shown, at, onChoose }) {
  return html`<nav class="contacts" aria-label="Contacts">
    <ul>
      ${contacts.map(
        (contact, index) => html`<li key=${contact.contact_id}>
          <button
            type="button"
            class=${contact.phase}
            aria-current=${contact === shown ? "true" : null}
            onClick=${() => onChoose(contact.contact_id)}
          >
            <span class="name">${contact.queue ?? `Contact ${index + 1}`}</span>
            <span class="id">${contact.contact_id}</span>
            <span class="sub">
              ${contact.left ? "Left the desk" : PHASES[contact.phase]}${" "}
              ${contact.startedAt !== null &&
              html`<span class="timer">${clock((contact.endedAt ?? at) - contact.startedAt)}</span>`}
            </span>
            ${openCues(contact) > 0 &&
            html`<span class="count"
              >${openCues(contact)}<span class="unseen"> open ${openCues(contact) === 1 ? "cue" : "cues"}</span></span
            >`}
          </button>
        </li>`,
      )}
    </ul>
  </nav>`;
}

export function openCues(contact) {
  return contact.cues.filter((cue) => cue.outcome === "open").length;
}
