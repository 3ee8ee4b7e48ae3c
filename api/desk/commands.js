// What the agent tells the server. Each command may be sent again: its key makes a repeat harmless.

const PAUSES_MS = [1_000, 3_000, 9_000]; // a broker's leader is elected within a few seconds

export class CommandRefused extends Error {}

// Resolves when the server has recorded it. Throws CommandRefused with words for the agent.
export async function send(contactId, guidanceId, verb) {
  await tell("POST", ["contacts", contactId, "guidance", guidanceId, verb], null, `${verb}-${guidanceId}`);
}

// These come back over the feed, for everybody who looks at the contact.
export const askArticles = (contactId, question) =>
  tell("POST", ["knowledge", "ask"], { question, contact_id: contactId });

export const sumUp = (contactId) => tell("POST", ["contacts", contactId, "summary"], null, once("summary"));

export const editSummary = (contactId, agentId, text) =>
  tell("PUT", ["contacts", contactId, "summary", "edit"], { text, ...by(agentId) }, once("edit"));

export const chooseDisposition = (contactId, agentId, code) =>
  tell("PUT", ["contacts", contactId, "disposition"], { code, ...by(agentId) }, once("disposition"));

export const reply = (contactId, text) =>
  tell("POST", ["contacts", contactId, "replies"], { text }, once("reply"));

async function tell(method, path, body, key = null) {
  let answer;
  try {
    answer = await fetch(`/v1/${path.map(encodeURIComponent).join("/")}`, {
      method,
      headers: {
        ...(key && { "idempotency-key": `desk-${key}` }),
        ...(body && { "content-type": "application/json" }),
      },
      body: body && JSON.stringify(body),
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // TypeError: the network
    throw new CommandRefused("the server cannot be reached", { cause: { passing: true } });
  }
  if (answer.ok) return;
  const problem = await answer.json().catch(() => ({}));
  const why = problem.detail ?? problem.title ?? `the server answered ${answer.status}`;
  throw new CommandRefused(why, { cause: { passing: answer.status >= 500 } });
}

// Pressed twice is meant twice: only a repeat of the same request is harmless.
function once(what) {
  return `${what}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
}

function by(agentId) {
  return agentId === null ? {} : { agent_id: agentId };
}

// Nobody waits for this one, so it tries again by itself, and gives up without a word.
export async function reportShown(contactId, guidanceId) {
  for (const pause of [...PAUSES_MS, null]) {
    try {
      await send(contactId, guidanceId, "shown");
      return;
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error;
      if (!error.cause.passing || pause === null) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
