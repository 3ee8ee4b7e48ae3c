// What stands beside words and cues, as a fold: what the agent must still say, answers from the
// articles, the summary, translations and replies.
//
// A snapshot brings these facts as the feed told them, so one fold serves both.

const ANSWERS_KEPT = 50; // an hour's call asks fewer

export function blankBeside() {
  return {
    stage: null, // of the playbook: {stage, title}
    questions: new Map(), // question_id -> the words it was asked in
    answers: [], // newest first
    summary: null,
    translation: { targets: [], configured: true },
    translated: new Map(), // utterance_id -> {text, target, source, dropped}
    replies: [], // in the order they were typed
  };
}

export function foldBeside(contact, type, data) {
  switch (type) {
    case "checklist_opened":
      return { ...contact, checklist: openedList(contact.checklist, data.items) };
    case "checklist_item_missed":
      return { ...contact, checklist: contact.checklist.map((one) => missed(one, data)) };
    case "stage_entered":
      return { ...contact, stage: { stage: data.stage, title: data.title } };
    case "question_heard":
      return { ...contact, questions: new Map(contact.questions).set(data.question_id, data.question) };
    case "answer_found":
    case "answer_refused":
    case "knowledge_asked":
      return withAnswer(contact, answerOf(contact, type, data), data.supersedes);
    case "summary_written":
      return { ...contact, summary: summaryOf(contact.summary, data) };
    case "summary_failed":
      return { ...contact, summary: nothingSummedUp(contact.summary, data) };
    case "summary_edited":
      return { ...contact, summary: { ...(contact.summary ?? blankSummary()), edited: data.text } };
    case "disposition_chosen":
      return { ...contact, summary: { ...(contact.summary ?? blankSummary()), chosen: data.code } };
    case "translation_set":
      return { ...contact, translation: { targets: data.targets, configured: data.configured } };
    case "utterance_translated":
      return withTranslated(contact, [data.utterance_id], { ...said(data), dropped: null });
    case "translation_dropped":
      return withTranslated(contact, data.utterance_ids, { ...said(data), text: null, dropped: data.reason });
    default:
      return foldReply(contact, type, data);
  }
}

function openedList(before, items) {
  const known = new Map(before.map((one) => [one.item, one]));
  const listed = items.map(
    ({ item, title }) => known.get(item) ?? { item, title, ticked: false, missed: false, evidence: "", heard: null },
  );
  const names = new Set(items.map((one) => one.item));
  // What was said was said, though another list has taken the first one's place.
  return [...listed, ...before.filter((one) => one.ticked && !names.has(one.item))];
}

function missed(one, { item }) {
  return one.item === item && !one.ticked ? { ...one, missed: true } : one;
}

function answerOf(contact, type, data) {
  return {
    question_id: data.question_id,
    question: data.question ?? contact.questions.get(data.question_id) ?? "",
    text: type === "answer_refused" ? null : data.answer,
    refusal: data.reason ?? data.refusal ?? null,
    citations: data.citations ?? [],
    model: data.maker?.model ?? null, // null: quoted, word for word
    heard: data.heard ?? null,
    byAgent: type === "knowledge_asked",
  };
}

function withAnswer(contact, answer, supersedes = null) {
  const others = contact.answers.filter(
    (one) => one.question_id !== answer.question_id && one.question_id !== supersedes,
  );
  return { ...contact, answers: [answer, ...others].slice(0, ANSWERS_KEPT) };
}

function blankSummary() {
  return { id: null, isFinal: false, sentences: [], followUps: [], by: null, why: null, proposed: null, edited: null, chosen: null };
}

function summaryOf(before, data) {
  if (before?.isFinal && data.kind !== "final") return before;
  // Erased, a snapshot tells one word in the place of all of them.
  const textOf = ({ name }) => (typeof data.texts === "string" ? data.texts : data.texts?.[name] ?? "(erased)");
  const cited = (part) => ({ text: textOf(part), utterance_ids: part.utterance_ids, field: part.field });
  return {
    ...(before ?? blankSummary()),
    id: data.summary_id,
    isFinal: data.kind === "final",
    sentences: data.parts.filter((part) => part.in_text).map(cited),
    followUps: data.parts
      .filter((part) => part.field === "follow_up" && !part.in_text)
      .map(cited),
    by: data.prompt === null ? null : data.generator, // null: rules, word for word
    why: null,
    proposed: data.disposition,
  };
}

function nothingSummedUp(before, data) {
  if (before?.isFinal && data.kind !== "final") return before;
  return { ...(before ?? blankSummary()), isFinal: data.kind === "final", sentences: [], why: data.reason };
}

function said({ text = null, target, source = null }) {
  return { text, target, source };
}

function withTranslated(contact, utteranceIds, line) {
  // The agent reads the first language; others are for whoever asked for them.
  const [mine] = contact.translation.targets;
  if (mine && line.target !== mine) return contact;
  const translated = new Map(contact.translated);
  for (const id of utteranceIds) {
    if (line.text !== null || !translated.get(id)?.text) translated.set(id, line);
  }
  return { ...contact, translated };
}

function foldReply(contact, type, data) {
  switch (type) {
    case "reply_typed":
      return contact.replies.some((one) => one.reply_id === data.reply_id)
        ? contact
        : { ...contact, replies: [...contact.replies, replyOf(data)] };
    case "reply_translated":
      return changeReply(contact, data, { translated: data.text, target: data.target });
    case "reply_spoken":
      return changeReply(contact, data, { spokenMs: data.duration_ms });
    case "reply_failed":
      return changeReply(contact, data, { failed: data.step, reason: data.reason });
    default:
      return contact;
  }
}

function replyOf({ reply_id, text }) {
  return { reply_id, text, translated: null, target: null, spokenMs: null, failed: null, reason: null };
}

function changeReply(contact, { reply_id }, change) {
  const replies = contact.replies.map((one) => (one.reply_id === reply_id ? { ...one, ...change } : one));
  return { ...contact, replies };
}

export const BESIDE = [
  "checklist_opened", "checklist_item_missed", "stage_entered",
  "question_heard", "answer_found", "answer_refused", "knowledge_asked",
  "summary_written", "summary_failed", "summary_edited", "disposition_chosen",
  "translation_set", "utterance_translated", "translation_dropped",
  "reply_typed", "reply_translated", "reply_spoken", "reply_failed",
];
