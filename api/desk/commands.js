// What the agent tells the server. Each command may be sent again: its key makes a repeat harmless.

const PAUSES_MS = [1_000, 3_000, 9_000]; // a broker's leader is elected within a few seconds

export class CommandRefused extends Error {}

// Resolves when the server has recorded it. Throws CommandRefused with words for the agent.
export async function send(contactId, guidanceId, verb) {
  const path = [contactId, "guidance", guidanceId, verb].map(encodeURIComponent).join("/");
  let answer;
  try {
    answer = await fetch(`/v1/contacts/${path}`, {
      method: "POST",
      headers: { "idempotency-key": `desk-${verb}-${guidanceId}` },
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
