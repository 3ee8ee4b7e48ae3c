// Card data is never stored: one word stands for each, and is shown as what it is.

import { html } from "./vendor/htm-preact.js";

const MASKS = new Map([
  ["[card-number]", "card number hidden"],
  ["[security-code]", "security code hidden"],
  ["[expiry-date]", "expiry date hidden"],
]);
const MASK = /(\[(?:card-number|security-code|expiry-date)\])/;

export function withMasks(text) {
  return text.split(MASK).map((piece) =>
    MASKS.has(piece) ? html`<span class="mask">${MASKS.get(piece)}</span>` : piece,
  );
}
