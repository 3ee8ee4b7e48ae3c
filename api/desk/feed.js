// The feed of a desk: native EventSource, and what it leaves to us.
//
// EventSource reconnects by itself after a cut and sends the last id. It gives up on any answer
// but 200, and it cannot see a connection that is open and dead. Both are handled here, and the
// reader is told. `onStatus` gets {phase, since, ...}; phases: connecting, live, late, cut,
// refused, over.

import { BESIDE } from "./beside.js";

const NAMES = [
  "snapshot",
  "utterance_partial", "utterance_finalized",
  "guidance_issued", "guidance_expired", "guidance_used", "guidance_dismissed", "guidance_shown",
  "checklist_item_ticked", "audio_gap", "speech_gap",
  "audio_refused", "audio_stream_opened", "audio_stream_closed",
  "contact_started", "contact_held", "contact_resumed", "contact_ended",
  "contact_end_corrected",
  "agent_connected", "transcript_completed",
  "heartbeat", "feed_late", "feed_ok", "stream_closed",
  ...BESIDE,
];

// A refusal may be a server that is still starting; the pauses grow, but an agent's desk never
// stays off for longer than this after the server is back.
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000];

// So many missed heartbeats mean a dead connection. Two can be a slow network.
const MISSED_MAX = 3;

// What the pause between heartbeats may be taken for: two can arrive at once after a stall, and a
// laptop that slept saw none for an hour.
const HEARTBEAT_MS_MIN = 5_000;
const HEARTBEAT_MS_MAX = 20_000;

export class Feed {
  #url;
  #onMessage;
  #onStatus;
  #source = null;
  #retries = 0;
  #timer = null;
  #beatAt = null; // of the last heartbeat
  #beatEveryMs = null; // measured, not assumed
  #heardAt = 0; // of the last message of any kind
  #cutAt = null;
  status = { phase: "connecting", since: Date.now() };

  constructor(url, { onMessage, onStatus }) {
    this.#url = url;
    this.#onMessage = onMessage;
    this.#onStatus = onStatus;
  }

  // Opens a connection without a position: the server answers with a whole snapshot.
  open() {
    this.close();
    this.#beatAt = null;
    this.#source = new EventSource(this.#url);
    this.#source.onopen = () => this.#opened();
    this.#source.onerror = () => this.#failed();
    for (const name of NAMES) {
      this.#source.addEventListener(name, (message) => this.#receive(name, message));
    }
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  // To be called about every second.
  check(now) {
    if (this.#beatEveryMs === null || this.#beatAt === null || this.#source === null) return;
    const patience = MISSED_MAX * this.#beatEveryMs;
    if (this.status.phase !== "cut" && now - this.#heardAt > patience) {
      this.#cut(this.#heardAt);
      this.open();
    }
  }

  #opened() {
    const cutForMs = this.#cutAt === null ? null : Date.now() - this.#cutAt;
    this.#cutAt = null;
    this.#retries = 0;
    this.#heardAt = Date.now();
    this.#say({ phase: "live", cutForMs });
    this.#onMessage({ type: "feed_opened", data: {} });
  }

  #failed() {
    this.#cut(Date.now());
    if (this.#source?.readyState !== EventSource.CLOSED) return; // it tries again by itself
    // The position may be one the server no longer knows: begin anew, without one.
    this.close();
    const pause = RETRY_MS[Math.min(this.#retries, RETRY_MS.length - 1)];
    this.#retries += 1;
    this.#timer = setTimeout(() => this.open(), pause);
    void this.#explain();
  }

  // EventSource does not tell why it was refused.
  async #explain() {
    const asking = new AbortController();
    try {
      const answer = await fetch(this.#url, {
        headers: { accept: "text/event-stream" },
        signal: asking.signal,
      });
      if (answer.ok) return;
      const problem = await answer.json().catch(() => ({}));
      if (this.#cutAt === null) return; // it came back meanwhile
      const why = problem.detail ?? problem.title ?? `the server answered ${answer.status}`;
      this.#say({ phase: "refused", since: this.#cutAt, why });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // TypeError: the network; it stays a cut
    } finally {
      asking.abort();
    }
  }

  #receive(name, message) {
    const now = Date.now();
    this.#heardAt = now;
    const data = message.data ? JSON.parse(message.data) : {};
    if (name === "heartbeat") this.#beat(now);
    if (name === "stream_closed") this.#over();
    else if (name === "feed_late" || data.late === true) this.#late(data);
    else if (name === "feed_ok" || data.late === false) this.#inTime();
    this.#onMessage({ type: name, data });
  }

  // All has been said; EventSource would ask again for ever.
  #over() {
    this.close();
    this.#say({ phase: "over" });
  }

  #inTime() {
    if (this.status.phase === "late") this.#say({ phase: "live" });
  }

  #beat(now) {
    if (this.#beatAt !== null) {
      const pause = Math.max(now - this.#beatAt, HEARTBEAT_MS_MIN);
      this.#beatEveryMs = Math.min(pause, HEARTBEAT_MS_MAX);
    }
    this.#beatAt = now;
  }

  #late(data) {
    this.#say({ phase: "late", since: Date.now() - data.late_s * 1_000 });
  }

  #cut(at) {
    this.#cutAt ??= at;
    if (this.status.phase !== "refused") this.#say({ phase: "cut", since: this.#cutAt });
  }

  #say(status) {
    this.status = { since: Date.now(), ...status };
    this.#onStatus(this.status);
  }
}
