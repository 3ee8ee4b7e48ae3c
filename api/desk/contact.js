// One contact as a fold: what was said, what is missing, what was advised, what is ticked.

import { blankBeside, foldBeside } from "./beside.js";

// A partial is repeated about every second while somebody speaks. One that is not has been given
// up by the recogniser, or its final got lost with the connection.
const PARTIAL_STALE_MS = 20_000;

// The server expires cues. This hides one that could not be told so, clocks being what they are.
const EXPIRY_GRACE_MS = 2_000;

export function blankContact(contactId) {
  return {
    contact_id: contactId,
    position: 0, // its snapshot shows everything up to here
    phase: "live", // live, held, ended
    left: false, // gone from the desk without a known end
    complete: false, // no final follows
    queue: null,
    agent: null,
    startedAt: null, // these three in ms, by the server's clock
    heldAt: null,
    endedAt: null,
    endReason: null,
    endCorrected: false, // what is told of the end again does not undo it
    notHeard: null, // the stream that waits for room: {stream, reason, wasHeard}
    openedStream: 1, // the newest that is known to have been heard, if any was
    lines: [], // by start, finals and partials
    gaps: [], // by start
    cues: [], // newest first
    checklist: [],
    ...blankBeside(),
  };
}

// Takes the server's whole account of a contact; keeps what only this page knows.
export function contactOf(told, before, now) {
  const contact = {
    ...blankContact(told.contact_id),
    position: told.position,
    queue: told.queue ?? null,
    agent: told.agent_name ?? told.agent_id ?? null,
    startedAt: instant(told.started_at ?? told.initiated_at),
    heldAt: instant(told.held_at),
    endedAt: instant(told.ended_at),
    endReason: told.end_reason ?? null,
    complete: told.state === "completed",
    notHeard: told.not_heard ? notHeardOf(told.not_heard, told.not_heard.was_heard) : null,
    openedStream: before?.openedStream ?? 1,
    checklist: (told.checklist ?? []).map(checklistItem),
    gaps: (told.gaps ?? []).map((gap) => gapOf(gap, gap.kind)).sort(byStart),
  };
  contact.phase = phaseOf(told, contact);
  const lines = (told.lines ?? []).map((line) => lineOf(contact, line, { final: true, now }));
  contact.lines = [...lines, ...stillBeingSaid(before, lines)].sort(byStart);
  const cues = (told.cues ?? []).map(cueOf).sort((a, b) => b.position - a.position);
  contact.cues = [...cues, ...earlierCues(before, cues)];
  return (told.facts ?? []).reduce((folded, fact) => foldBeside(folded, fact.type, fact), contact);
}

export function foldContact(contact, type, data, now) {
  switch (type) {
    case "utterance_partial":
      return foldPartial(heardAgain(contact), data, now);
    case "utterance_finalized":
      return withLine(heardAgain(contact), lineOf(contact, data, { final: true, now }));
    case "audio_refused":
      return { ...contact, notHeard: notHeardOf(data, data.stream === contact.openedStream) };
    case "audio_stream_opened":
      return { ...settled(contact, data.stream), openedStream: data.stream };
    case "audio_stream_closed":
      return settled(contact, data.stream);
    case "audio_gap":
    case "speech_gap":
      return withGap(contact, gapOf(data, type));
    case "guidance_issued":
      return withCue(contact, data);
    case "guidance_shown":
      return changeCue(contact, data.guidance_id, { shown: true });
    case "guidance_used":
      return changeCue(contact, data.guidance_id, { outcome: "used" });
    case "guidance_dismissed":
      return changeCue(contact, data.guidance_id, { outcome: "dismissed" });
    case "guidance_expired":
      return expireCue(contact, data.guidance_id);
    case "checklist_item_ticked":
      return withTick(contact, data);
    case "transcript_completed":
      return { ...contact, complete: true, lines: contact.lines.filter((line) => line.final) };
    default:
      return foldLife(contact, type, data);
  }
}

export function tickContact(contact, now, offsetMs) {
  const fresh = contact.lines.filter((line) => line.final || now - line.heardAt < PARTIAL_STALE_MS);
  const lines = fresh.length === contact.lines.length ? contact.lines : fresh;
  let expired = false;
  const cues = contact.cues.map((cue) => {
    if (cue.outcome !== "open" || offsetMs === null || cue.expiresAt === null) return cue;
    if (now + offsetMs < cue.expiresAt + EXPIRY_GRACE_MS) return cue;
    expired = true;
    return { ...cue, outcome: "expired" };
  });
  if (lines === contact.lines && !expired) return contact;
  return { ...contact, lines, cues: expired ? cues : contact.cues };
}

function foldLife(contact, type, data) {
  switch (type) {
    case "contact_started":
      return {
        ...contact,
        queue: data.queue ?? contact.queue,
        startedAt: contact.startedAt ?? instant(data.initiated_at ?? data.started_at ?? data.occurred_at),
      };
    case "agent_connected":
      return { ...contact, agent: data.agent_name ?? data.agent_id ?? contact.agent };
    case "contact_held":
      return contact.phase === "ended"
        ? contact
        : { ...contact, phase: "held", heldAt: instant(data.held_at ?? data.occurred_at) };
    case "contact_resumed":
      return contact.phase === "ended" ? contact : { ...contact, phase: "live", heldAt: null };
    case "contact_ended":
      return {
        ...contact,
        phase: "ended",
        left: false,
        heldAt: null,
        ...(contact.endCorrected ? {} : endOf(data)),
      };
    case "contact_end_corrected":
      return { ...contact, ...endOf(data), endCorrected: true };
    default:
      return foldBeside(contact, type, data);
  }
}

function endOf(data) {
  return { endedAt: instant(data.ended_at ?? data.occurred_at), endReason: data.reason ?? null };
}

function notHeardOf({ stream, reason }, wasHeard) {
  return { stream, reason, wasHeard };
}

function settled(contact, stream) {
  return contact.notHeard?.stream === stream ? { ...contact, notHeard: null } : contact;
}

// A stream that was heard before it had to wait is not opened anew: the words tell. Of another
// one they do not: they may still be of the one before.
function heardAgain(contact) {
  return contact.notHeard?.wasHeard ? { ...contact, notHeard: null } : contact;
}

function foldPartial(contact, data, now) {
  const known = contact.lines.find((line) => line.utterance_id === data.utterance_id);
  if (known?.final || (known && known.revision >= (data.revision ?? 0))) return contact;
  if (contact.complete) return contact;
  return withLine(contact, lineOf(contact, data, { final: false, now }));
}

function withLine(contact, line) {
  const others = contact.lines.filter((other) => other.utterance_id !== line.utterance_id);
  let at = others.length;
  while (at > 0 && byStart(line, others[at - 1]) < 0) at -= 1;
  others.splice(at, 0, line);
  return { ...contact, lines: others };
}

function lineOf(contact, told, { final, now }) {
  return {
    utterance_id: told.utterance_id,
    track: told.track,
    speaker: told.speaker ?? likelySpeaker(contact, told.track),
    text: told.text ?? "",
    started_ms: told.started_ms,
    ended_ms: told.ended_ms,
    revision: told.revision ?? 0,
    final,
    heardAt: now,
  };
}

// The server derives the speaker; partials come before it could.
function likelySpeaker(contact, track) {
  if (track === "from_customer") return "customer";
  return contact.agent !== null && contact.phase !== "held" ? "agent" : "system";
}

// A snapshot holds finals only. What somebody is saying at this moment stays on the page.
function stillBeingSaid(before, lines) {
  const finals = new Set(lines.map((line) => line.utterance_id));
  return (before?.lines ?? []).filter((line) => !line.final && !finals.has(line.utterance_id));
}

// A snapshot holds open cues only. One that is open here and not there was closed while the feed
// was cut, nobody can say how.
function earlierCues(before, cues) {
  const told = new Set(cues.map((cue) => cue.guidance_id));
  return (before?.cues ?? [])
    .filter((cue) => !told.has(cue.guidance_id))
    .map((cue) => (cue.outcome === "open" ? { ...cue, outcome: "closed" } : cue));
}

function withGap(contact, gap) {
  const others = contact.gaps.filter((other) => other.key !== gap.key);
  return { ...contact, gaps: [...others, gap].sort(byStart) };
}

function gapOf(told, kind) {
  const speech = kind === "speech_gap";
  return {
    key: `${speech ? "speech" : "audio"}/${told.track}/${told.from_ms}`,
    speech,
    track: told.track,
    started_ms: told.from_ms,
    until_ms: told.until_ms ?? null,
    reason: told.reason ?? null,
  };
}

function cueOf(told) {
  return {
    guidance_id: told.guidance_id,
    kind: told.kind,
    title: told.title,
    body: told.body ?? "",
    evidence: told.evidence ?? "",
    heard: told.heard ?? null,
    playbook: told.playbook ?? null,
    playbook_version: told.playbook_version ?? null,
    expiresAt: instant(told.expires_at),
    shown: Boolean(told.shown),
    outcome: "open", // open, used, dismissed, expired, closed
    position: told.position ?? 0,
  };
}

function withCue(contact, data) {
  const isKnown = contact.cues.some((cue) => cue.guidance_id === data.guidance_id);
  return isKnown ? contact : { ...contact, cues: [cueOf(data), ...contact.cues] };
}

function changeCue(contact, guidanceId, change) {
  const cues = contact.cues.map((cue) => (cue.guidance_id === guidanceId ? { ...cue, ...change } : cue));
  return { ...contact, cues };
}

function expireCue(contact, guidanceId) {
  const cue = contact.cues.find((one) => one.guidance_id === guidanceId);
  // What the agent decided stands.
  return cue?.outcome === "open" ? changeCue(contact, guidanceId, { outcome: "expired" }) : contact;
}

function checklistItem(told) {
  return {
    item: told.item,
    title: told.title ?? told.item,
    ticked: Boolean(told.ticked),
    missed: false,
    evidence: told.evidence ?? "",
    heard: told.heard ?? null,
  };
}

function withTick(contact, data) {
  const ticked = { ...checklistItem(data), ticked: true };
  const isKnown = contact.checklist.some((one) => one.item === data.item);
  const checklist = isKnown
    ? contact.checklist.map((one) => (one.item === data.item ? ticked : one))
    : [...contact.checklist, ticked];
  return { ...contact, checklist };
}

function phaseOf(told, contact) {
  // "completed" alone does not end a call: its audio may have failed while people still talk.
  if (told.state === "ended" || contact.endedAt !== null) return "ended";
  return told.on_hold || contact.heldAt !== null ? "held" : "live";
}

function instant(text) {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? null : ms;
}

function byStart(a, b) {
  return a.started_ms - b.started_ms;
}
