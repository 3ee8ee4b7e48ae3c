// How times, kinds and gaps are put into words.

export const SPEAKERS = { customer: "Customer", agent: "Agent", system: "System" };
export const KINDS = { hint: "Hint", warning: "Warning", next_action: "Next step" };
export const OUTCOMES = { used: "Used", dismissed: "Dismissed", expired: "Expired", closed: "Closed" };

// The codes that a summary proposes; a tenant may have others.
export const DISPOSITIONS = {
  resolved: "Resolved",
  follow_up: "Follow-up needed",
  escalated: "Escalated",
  unresolved: "Not resolved",
};

export const NOTHING_SUMMED_UP = {
  nothing_heard: "Nothing to sum up: nobody was heard.",
  nothing_said: "Nothing to sum up: nothing of substance was said.",
};

const GAP_REASONS = {
  missing: "it never arrived",
  unreadable: "it could not be read",
  stream_failed: "the audio stream failed",
  reader_late: "it was gone before it could be read",
  refused: "there was no room to hear the call",
};

// Why a stream waits; figures are for those who run this, not for the agent.
const WAIT_REASONS = {
  streams: "there is no room for more calls",
  account_streams: "all places that were agreed are taken",
  memory: "the machine is full",
};

export function waitWords(notHeard) {
  return WAIT_REASONS[notHeard.reason] ?? notHeard.reason?.replaceAll("_", " ") ?? "";
}

// 75_000 -> "1:15", 3_675_000 -> "1:01:15"
export function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3600 ? rest.replace(/^0/, "") : `${Math.floor(seconds / 3600)}:${rest}`;
}

// 1_400 -> "1 s", 75_000 -> "1 min 15 s"
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

export function gapWords(gap) {
  const whose = gap.track === "from_customer" ? "the customer’s line" : "the agent’s line";
  const span =
    gap.until_ms === null
      ? `from ${clock(gap.started_ms)} on`
      : `${clock(gap.started_ms)} to ${clock(gap.until_ms)}`;
  const what = gap.speech ? "Speech not recognised" : "No audio";
  const why = GAP_REASONS[gap.reason] ?? gap.reason?.replaceAll("_", " ");
  return { what: `${what} on ${whose}`, span, why: why ?? "" };
}
