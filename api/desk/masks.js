// One word stands for each piece of personal data that is masked, and is shown as what it is.

import { html } from "./vendor/htm-preact.js";

// As in `events/privacy/kinds.py`.
const MASKS = new Map([
  ["[card-number]", "card number hidden"],
  ["[security-code]", "security code hidden"],
  ["[expiry-date]", "expiry date hidden"],
  ["[pin]", "PIN hidden"],
  ["[account-number]", "account number hidden"],
  ["[national-id]", "national id hidden"],
  ["[phone-number]", "phone number hidden"],
  ["[email-address]", "e-mail address hidden"],
  ["[date-of-birth]", "date of birth hidden"],
  ["[postal-address]", "address hidden"],
  ["[person-name]", "name hidden"],
  ["[other]", "personal data hidden"],
]);
const MASK = /(\[[a-z-]+\])/;

export function withMasks(text) {
  return text.split(MASK).map((piece) =>
    MASKS.has(piece) ? html`<span class="mask">${MASKS.get(piece)}</span>` : piece,
  );
}
