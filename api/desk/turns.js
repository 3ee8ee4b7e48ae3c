// Turns: lines of one speaker that follow each other, partials too, as people read them.

// As the server joins them: `projections/turns.py`.
export const TURN_SILENCE_MS = 2_000;

// Turns and gaps in the order of the call: [{lines} or {gap}]. A line of somebody else ends a turn,
// and so does a longer silence or a gap on either track. `lines` and `gaps` are sorted by start.
export function rowsOf({ lines, gaps }) {
  const entries = [
    ...lines.map((line) => ({ line, at: line.started_ms })),
    ...gaps.map((gap) => ({ gap, at: gap.started_ms })),
  ].sort((a, b) => a.at - b.at);
  const rows = [];
  for (const { line, gap } of entries) {
    if (gap) rows.push({ gap });
    else if (goesOn(rows.at(-1)?.lines, line)) rows.at(-1).lines.push(line);
    else rows.push({ lines: [line] });
  }
  return rows;
}

function goesOn(turn, line) {
  if (!turn) return false;
  const endedMs = Math.max(...turn.map((one) => one.ended_ms));
  return (
    turn[0].speaker === line.speaker &&
    turn[0].track === line.track &&
    line.started_ms - endedMs <= TURN_SILENCE_MS
  );
}
