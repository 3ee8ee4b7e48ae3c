// The top of the desk: which contact, for how long, and whether what is shown can be trusted.

import { openHelp } from "./keys.js";
import { html } from "./vendor/htm-preact.js";
import { clock, duration, waitWords } from "./words.js";

const CUT_TOLD_MS = 20_000; // how long a cut that was caught up stays mentioned

export function Header({ contact, status, now, offsetMs }) {
  return html`<header class="top">
    <h1>Desk</h1>
    ${contact && html`<${About} contact=${contact} at=${now + (offsetMs ?? 0)} />`}
    <${Connection} status=${status} now=${now} />
    <button type="button" class="help" onClick=${openHelp} aria-label="Keyboard shortcuts"><kbd>?</kbd></button>
  </header>`;
}

function About({ contact, at }) {
  return html`<dl class="about">
    <div class="phase ${contact.phase}">
      <dt class="unseen">State</dt>
      <dd>${phaseWords(contact, at)}</dd>
    </div>
    <div class="timer">
      <dt class="unseen">Duration</dt>
      <dd>${contact.startedAt === null ? "–:––" : clock((contact.endedAt ?? at) - contact.startedAt)}</dd>
    </div>
    <div class="id">
      <dt>Contact</dt>
      <dd title=${contact.contact_id}>${contact.contact_id}</dd>
    </div>
    ${contact.queue && html`<div><dt>Queue</dt><dd>${contact.queue}</dd></div>`}
    ${contact.agent && html`<div><dt>Agent</dt><dd>${contact.agent}</dd></div>`}
  </dl>`;
}

function phaseWords(contact, at) {
  if (contact.phase === "ended") return contact.left ? "Left the desk" : "Ended";
  if (contact.phase === "live") return "On the line";
  return contact.heldAt === null ? "On hold" : `On hold ${clock(at - contact.heldAt)}`;
}

function Connection({ status, now }) {
  const words = connectionWords(status, now);
  return html`<p class="connection ${status.phase}">
    <span class="lamp" aria-hidden="true"></span>
    <span role="status" aria-label="Connection" class="connection-words">${words.short}</span>
    ${words.more && html`<span class="more">${words.more}</span>`}
  </p>`;
}

// `short` is announced when it changes, so nothing in it counts seconds.
function connectionWords(status, now) {
  switch (status.phase) {
    case "live": {
      const wasCut = status.cutForMs && now - status.since < CUT_TOLD_MS;
      return { short: "Live", more: wasCut ? `caught up after ${duration(status.cutForMs)}` : "" };
    }
    case "late":
      return { short: "Feed is late", more: `by ${duration(now - status.since)}` };
    case "cut":
      return { short: "Reconnecting", more: `cut for ${duration(now - status.since)}` };
    case "refused":
      return { short: "No feed", more: status.why };
    case "over":
      return { short: "Over", more: "nothing more follows" };
    default:
      return { short: "Connecting", more: "" };
  }
}

// What makes the page less than live is said across it, not only in a corner.
export function Notice({ contact, status, now }) {
  if (status.phase === "cut" || status.phase === "refused") {
    const why = status.phase === "refused" ? ` (${status.why})` : "";
    return html`<p class="notice bad">
      <strong>The feed was cut ${duration(now - status.since)} ago${why}.</strong> The call goes on; what you
      miss here is caught up as soon as the feed is back.
    </p>`;
  }
  if (status.phase === "late") {
    return html`<p class="notice warn">
      <strong>The feed is ${duration(now - status.since)} late.</strong> What is said now appears later; cues
      may come too late to help.
    </p>`;
  }
  if (contact?.notHeard && contact.phase !== "ended") {
    return html`<p class="notice warn" role="status" aria-label="Hearing">
      <strong>This call is not being heard now</strong> (${waitWords(contact.notHeard)}). It waits for its turn;
      what is said meanwhile is kept and appears then, too late for cues.
    </p>`;
  }
  if (contact?.phase !== "ended") return null;
  const what = contact.left ? "This contact has left the desk." : "The call has ended.";
  const rest = contact.complete ? "The transcript is complete." : "Its last words are still being written.";
  return html`<p class="notice calm" role="status" aria-label="Call">
    <strong>${what}</strong> ${rest}
  </p>`;
}
