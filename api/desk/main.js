// The agent's desk: one feed, folded into one state, drawn. Start here.

import { Answers } from "./answers.js";
import { reportShown, send, CommandRefused } from "./commands.js";
import { Contacts, openCues } from "./contacts.js";
import { Cues } from "./cues.js";
import { Feed } from "./feed.js";
import { Header, Notice } from "./header.js";
import { Help, cueInFocus, listen, moveAmongCues, openHelp } from "./keys.js";
import { Sight } from "./sight.js";
import { emptyDesk, fold, inOrder, inView } from "./state.js";
import { Transcript, pointAt } from "./transcript.js";
import { html, render } from "./vendor/htm-preact.js";

const DRAW_MS = 40; // partials come in bursts; nobody reads faster than this
const TICK_MS = 1_000;

class Desk {
  status = { phase: "connecting", since: Date.now() };
  doing = new Map(); // guidance_id -> {verb} while it is sent, {problem} when it failed
  drawing = null;
  transcript = null;

  constructor(root, { streamUrl, agentId }) {
    this.root = root;
    this.state = emptyDesk(agentId);
    this.sight = new Sight(({ contactId, guidanceId }) => void reportShown(contactId, guidanceId));
    this.feed = new Feed(streamUrl, {
      onMessage: (message) => this.fold(message),
      onStatus: (status) => {
        this.status = status;
        this.drawSoon();
      },
    });
  }

  start() {
    listen({
      j: () => moveAmongCues(1),
      k: () => moveAmongCues(-1),
      u: () => this.actOnCue("use"),
      d: () => this.actOnCue("dismiss"),
      l: () => this.transcript?.toLatest(),
      "?": openHelp,
    });
    setInterval(() => {
      this.feed.check(Date.now());
      this.fold({ type: "tick", data: {} });
      this.drawSoon(); // timers move even when nothing was folded
    }, TICK_MS);
    this.draw();
    this.feed.open();
  }

  fold(message) {
    const after = fold(this.state, message, Date.now());
    if (after === this.state) return;
    this.state = after;
    this.drawSoon();
  }

  drawSoon() {
    // A timer, not an animation frame: a hidden tab must keep its title true.
    this.drawing ??= setTimeout(() => this.draw(), DRAW_MS);
  }

  draw() {
    clearTimeout(this.drawing);
    this.drawing = null;
    const contact = inView(this.state);
    document.title = titleOf(this.state, contact);
    render(this.view(contact, Date.now()), this.root);
  }

  view(contact, now) {
    const { state, status } = this;
    const contacts = inOrder(state);
    const at = now + (state.offsetMs ?? 0);
    return html`<div class="desk ${contacts.length > 1 ? "several" : ""}">
      <${Header} contact=${contact} status=${status} now=${now} offsetMs=${state.offsetMs} />
      <div class="notices"><${Notice} contact=${contact} status=${status} now=${now} /></div>
      ${contacts.length > 1 &&
      html`<${Contacts} contacts=${contacts} shown=${contact} at=${at}
        onChoose=${(id) => this.fold({ type: "choose", data: { contact_id: id } })} />`}
      <main>
        ${contact
          ? html`<div class="talk">
                <${Transcript} contact=${contact} ref=${(one) => (this.transcript = one)} />
                <${Answers} contact=${contact} onPoint=${(heard) => pointAt(contact, heard)} />
              </div>
              <${Cues} contact=${contact} agentId=${state.agentId} sight=${this.sight} doing=${this.doing}
                onAct=${(cue, verb) => void this.act(contact, cue, verb)}
                onPoint=${(heard) => pointAt(contact, heard)} />`
          : html`<p class="empty lone">${waitingWords(state)}</p>`}
      </main>
      <p class="unseen" role="status" aria-label="Newest cue" key=${"announcement"}>
        <span key=${state.announcement.ordinal}>${state.announcement.text}</span>
      </p>
      <${Help} />
    </div>`;
  }

  actOnCue(verb) {
    const contact = inView(this.state);
    const open = contact?.cues.filter((cue) => cue.outcome === "open") ?? [];
    const cue = open.find((one) => one.guidance_id === cueInFocus()) ?? open[0];
    if (cue && contact.phase !== "ended") void this.act(contact, cue, verb);
  }

  async act(contact, cue, verb) {
    if (this.doing.get(cue.guidance_id)?.verb) return;
    const heldFocus = cueInFocus() === cue.guidance_id;
    this.doing.set(cue.guidance_id, { verb });
    this.draw();
    try {
      await send(contact.contact_id, cue.guidance_id, verb);
      this.doing.delete(cue.guidance_id);
      // The same fact comes over the feed too; the fold does not mind twice.
      const type = verb === "use" ? "guidance_used" : "guidance_dismissed";
      const data = { contact_id: contact.contact_id, guidance_id: cue.guidance_id };
      this.fold({ type, data });
      this.draw();
      // With the card, focus would fall to the page's beginning.
      if (heldFocus && moveAmongCues(1) === null) document.querySelector(".advice .pane")?.focus();
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error;
      this.doing.set(cue.guidance_id, { problem: error.message });
      this.draw();
    }
  }
}

function waitingWords(state) {
  return state.ready
    ? "No contact on this desk. The next one appears here by itself."
    : "Waiting for the first word from the server.";
}

function titleOf(state, contact) {
  const open = [...state.contacts.values()].reduce((sum, one) => sum + openCues(one), 0);
  const what = contact ? (contact.queue ?? contact.contact_id) : "Desk";
  return `${open > 0 ? `(${open}) ` : ""}${what} · Antiphon`;
}

// No desk was named: ask for one.
function Ask() {
  return html`<main class="ask">
    <h1>Whose desk?</h1>
    <form action="/desk" method="get">
      <label for="agent">Agent id</label>
      <input id="agent" name="agent" required pattern="[A-Za-z0-9_\\-]{1,128}" autocomplete="off" />
      <button type="submit" class="use">Open</button>
    </form>
  </main>`;
}

// What the address asks for: one contact alone, or an agent's desk; null: neither.
function wantedOf(query) {
  const [agent, contact] = [query.get("agent"), query.get("contact")];
  if (contact) {
    return { streamUrl: `/v1/contacts/${encodeURIComponent(contact)}/stream`, agentId: null };
  }
  return agent && { streamUrl: `/v1/agents/${encodeURIComponent(agent)}/stream`, agentId: agent };
}

const root = document.getElementById("desk");
const wanted = wantedOf(new URLSearchParams(location.search));
root.replaceChildren();
if (wanted) new Desk(root, wanted).start();
else render(html`<${Ask} />`, root);
