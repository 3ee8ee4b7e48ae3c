// The desk as a fold: (state, message, now) -> state. Pure: no DOM, no network, no clock.
//
// A message is {type, data}; `now` is the browser's clock in ms. What did not change keeps its
// identity, so that a view can tell by `===`.

import { blankContact, contactOf, foldContact, tickContact } from "./contact.js";

// Ended contacts stay readable, but a shift has hundreds of them.
const ENDED_KEPT = 8;

// `agentId` is whose desk it is; null where one contact is shown alone.
export function emptyDesk(agentId = null) {
  return {
    agentId,
    contacts: new Map(), // contact_id -> contact, in the order they came to the desk
    chosen: null, // the reader's choice; null: the newest one that is live
    offsetMs: null, // server clock minus browser clock; null until the server told a time
    announcement: { text: "", ordinal: 0 }, // for screen readers
    ready: false, // a snapshot arrived
  };
}

export function fold(state, message, now) {
  const { type, data } = message;
  switch (type) {
    case "tick":
      return eachContact(state, (contact) => tickContact(contact, now, state.offsetMs));
    case "feed_opened": // partials are never repeated, so those from before the cut are void
      return eachContact(state, dropPartials);
    case "choose":
      return { ...state, chosen: data.contact_id };
    case "heartbeat":
    case "feed_ok":
    case "feed_late":
      return withClock(state, data, now);
    case "snapshot":
      return foldSnapshot(withClock(state, data, now), data, now);
    default:
      return data?.contact_id ? foldFact(withClock(state, data, now), type, data, now) : state;
  }
}

// Live before ended, newest first: what the list shows, and what is in view by default.
export function inOrder(state) {
  // One whose start is not known yet has only just come.
  const newestFirst = [...state.contacts.values()]
    .reverse()
    .sort((a, b) => (b.startedAt ?? Infinity) - (a.startedAt ?? Infinity) || 0);
  return [
    ...newestFirst.filter((contact) => contact.phase !== "ended"),
    ...newestFirst.filter((contact) => contact.phase === "ended"),
  ];
}

export function inView(state) {
  return state.contacts.get(state.chosen) ?? inOrder(state)[0] ?? null;
}

function foldSnapshot(state, data, now) {
  const ready = { ...state, ready: true };
  const known = (told) => ({ ...told, position: data.position ?? 0 });
  if (data.contact) {
    // One contact: it came to the desk, its words are seen otherwise, or it is shown alone.
    const before = state.contacts.get(data.contact.contact_id);
    return put(ready, contactOf(known(data.contact), before, now));
  }
  const present = new Set(data.contacts.map((contact) => contact.contact_id));
  const contacts = new Map();
  for (const contact of state.contacts.values()) {
    // Somebody may be reading it: it is marked, not taken away.
    if (!present.has(contact.contact_id)) contacts.set(contact.contact_id, leftDesk(contact));
  }
  for (const told of data.contacts) {
    contacts.set(told.contact_id, contactOf(known(told), state.contacts.get(told.contact_id), now));
  }
  return withoutOldest({ ...ready, contacts });
}

function foldFact(state, type, data, now) {
  const before = state.contacts.get(data.contact_id) ?? blankContact(data.contact_id);
  if (data.position <= before.position) return state; // its snapshot shows it already
  if (type === "agent_connected" && state.agentId !== null && data.agent_id !== state.agentId) {
    return put(state, leftDesk(before)); // it went to another desk; nothing of it follows here
  }
  const after = foldContact(before, type, data, now);
  const next = after === before && state.contacts.has(data.contact_id) ? state : put(state, after);
  return type === "guidance_issued" ? announced(next, data) : next;
}

function put(state, contact) {
  const contacts = new Map(state.contacts);
  contacts.set(contact.contact_id, contact);
  return withoutOldest({ ...state, contacts });
}

function withoutOldest(state) {
  const ended = [...state.contacts.values()].filter(
    (contact) => contact.phase === "ended" && contact.contact_id !== state.chosen,
  );
  if (ended.length <= ENDED_KEPT) return state;
  const contacts = new Map(state.contacts);
  for (const contact of ended.slice(0, ended.length - ENDED_KEPT)) contacts.delete(contact.contact_id);
  return { ...state, contacts };
}

function leftDesk(contact) {
  return contact.phase === "ended" ? contact : { ...contact, phase: "ended", left: true };
}

function dropPartials(contact) {
  const lines = contact.lines.filter((line) => line.final);
  return lines.length === contact.lines.length ? contact : { ...contact, lines };
}

function eachContact(state, change) {
  let changed = false;
  const contacts = new Map();
  for (const [id, contact] of state.contacts) {
    const after = change(contact);
    changed ||= after !== contact;
    contacts.set(id, after);
  }
  return changed ? { ...state, contacts } : state;
}

// Every message comes some time after the server wrote its own time into it, and the shortest
// delay seen is nearest the truth. It keeps a wrong clock here from hiding good cues.
function withClock(state, data, now) {
  const told = Date.parse(data?.server_time ?? data?.recorded_at ?? "");
  if (Number.isNaN(told)) return state;
  const offsetMs = Math.max(told - now, state.offsetMs ?? -Infinity);
  return offsetMs === state.offsetMs ? state : { ...state, offsetMs };
}

function announced(state, cue) {
  const kind = { warning: "Warning", next_action: "Next step" }[cue.kind] ?? "Hint";
  const text = `${kind}: ${cue.title}`;
  return { ...state, announcement: { text, ordinal: state.announcement.ordinal + 1 } };
}
