// What a newcomer could do next, read off what is really there: the newest case's card, open modals, the mailbox.
// Pure: `nextStep(world)` gives `{ words, place, key }`, `place` being where on the page it is done.

const CARD = /^(C-\d+) · (?:urgent · )?([a-z ]+)$/;
// The verbs whose words reach the patient: their forms come back with a preview.
const PREVIEWED = /^verb:(ask|advise|correct|update)$/;
const step = (place, words) => ({ place, words });

export function nextStep(world) {
  const cards = world.messages[world.default_channel].filter((message) => CARD.test(message.text) && message.subtype !== "thread_broadcast");
  if (!cards.length) return step("phone", "Play the parent: fill in the form on the phone, and send it.");
  const open = cards.filter((card) => stateOf(card) !== "closed");
  if (!open.length) return step("phone", "Every case is closed. Send another form, or move the time on.");
  const card = open.reduce((latest, each) => (stirred(each) > stirred(latest) ? each : latest));
  return forCase(world, card, CARD.exec(card.text)[1]);
}

const stateOf = (card) => CARD.exec(card.text)[2];
const isForm = (view) => view.blocks.some((block) => block.type === "input");
const stirred = (card) => Number(card.latest_reply ?? card.ts);

function forCase(world, card, number) {
  const said = JSON.stringify(card.blocks ?? []);
  const owner = nameOf(world, whoseTask(said) ?? /\*(?:Next|Owner):\* <@(\w+)>/.exec(said)?.[1]);
  const form = Object.values(world.views).flat().find((view) => isForm(view) && JSON.stringify(view).includes(number));
  const waits = /(?:Question|Guidance|Correction|Update) goes out/.test(said);
  const state = stateOf(card);
  if (form) return step("slack", `Fill in “${form.title.text}” and press the button below.${PREVIEWED.test(form.callback_id) ? " You see the patient’s page before it is sent." : ""}`);
  if (waits) return step("time", "Until it goes out it can be undone. Move the time on.");
  if (said.includes("to call the patient now")) return step("slack", `The patient must be called. Be ${caller(world, said)}, and press Done beside the call, in the thread.`);
  return CASES[state]?.({ world, said, owner, number }) ?? step("slack", `Go on with ${number} in Slack.`);
}

const CASES = {
  new: ({ world, number }) => step("slack", `${number} has come. Note the phone’s access code, then be ${somebody(world)} and press Claim.`),
  claimed: ({ said, owner, number }) => step("slack", said.includes("Unanswered:")
    ? `The patient has written. Be ${owner} and press “Send guidance”.`
    : `${owner} has ${number}. Press “Ask the patient”, or “Send guidance”.`),
  "awaiting patient": ({ number }) => step("mail", `A letter has come. Open it on the phone, type the access code, and answer.`),
  advised: ({ said, owner, number }) => {
    const what = said.includes("Correction sent") ? "correction" : "guidance";
    if (said.includes(", to close it")) return step("slack", `The patient has understood. Be ${owner} and close ${number}: More, Close the case.`);
    if (said.includes("to see these tasks done")) return step("slack", `The patient has understood, and a task is open. Be ${owner} and press Done beside it, in the thread.`);
    const unread = /the patient, to read the (guidance|correction|emergency advice)/.exec(said)?.[1];
    if (unread) return step("mail", `Open the newest letter on the phone, and read the ${unread}.`);
    return step("phone", `On the phone, below the ${what}, press “I understand”.`);
  },
};

function caller(world, said) {
  const named = /\*Next:\* <@(\w+)>/.exec(said)?.[1];
  return named ? nameOf(world, named) : somebody(world);
}

function nameOf(world, userId) {
  return world.people.find((person) => person.id === userId)?.real_name ?? "Its owner";
}

function somebody(world) {
  return world.people.find((person) => person.role === "clinician")?.real_name ?? "a clinician";
}

// Whose the first open task is, where nothing but tasks is left to do: perhaps not the case's owner's.
function whoseTask(said) {
  return said.includes("to see these tasks done") ? /\*Open: [^"]*?<@(\w+)>/.exec(said)?.[1] : undefined;
}
