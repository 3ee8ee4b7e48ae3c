// Single-key shortcuts. Off where somebody types, and when the agent switched them off.

import { html } from "./vendor/htm-preact.js";

const SWITCH = "antiphon.desk.shortcuts"; // in localStorage: "on", "off" or absent

export const SHORTCUTS = [
  ["j", "next cue"],
  ["k", "previous cue"],
  ["u", "use the cue in focus, else the newest"],
  ["d", "dismiss it"],
  ["l", "jump to the latest line"],
  ["?", "this help"],
];

let isOn = true;
try {
  isOn = localStorage.getItem(SWITCH) !== "off";
} catch (error) {
  // Inside another site's frame a browser may forbid storage; the choice then lasts as the page.
  if (!(error instanceof DOMException)) throw error;
}

// `actions` maps keys to functions. Returns what stops listening.
export function listen(actions) {
  const onKey = (event) => {
    const action = actions[event.key];
    if (!action || event.defaultPrevented || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey || typesText(event.target)) return;
    if (document.querySelector("dialog[open]")) return; // the help has keys of its own
    if (!isOn) return;
    event.preventDefault();
    action();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

function typesText(element) {
  return element.isContentEditable || element.matches?.("input, textarea, select");
}

// Moves focus among the open cues; returns the guidance id then in focus, or null.
export function moveAmongCues(step) {
  const cards = [...document.querySelectorAll(".cue")];
  if (cards.length === 0) return null;
  const at = cards.findIndex((card) => card.contains(document.activeElement));
  const next = at === -1 ? (step > 0 ? 0 : cards.length - 1) : at + step;
  const card = cards[Math.min(Math.max(next, 0), cards.length - 1)];
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
  return card.dataset.guidance;
}

export function cueInFocus() {
  return document.activeElement?.closest?.(".cue")?.dataset.guidance ?? null;
}

export function Help() {
  return html`<dialog id="help" aria-labelledby="help-title">
    <h2 id="help-title">Keyboard</h2>
    <dl>
      ${SHORTCUTS.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}
    </dl>
    <label><input type="checkbox" checked=${isOn} onChange=${switchShortcuts} /> Single-key shortcuts</label>
    <form method="dialog"><button type="submit" class="use">Close</button></form>
  </dialog>`;
}

function switchShortcuts(event) {
  isOn = event.target.checked;
  try {
    localStorage.setItem(SWITCH, isOn ? "on" : "off");
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

export function openHelp() {
  document.getElementById("help").showModal();
}
