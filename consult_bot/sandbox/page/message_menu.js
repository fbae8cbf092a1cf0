// What a person can do with one message: reply, the app's message shortcuts, and edit or delete their own.

import { confirmed } from "./blocks.js";
import { drawEditor } from "./composer.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { toggleMenu } from "./menu.js";
import { unescaped } from "./mrkdwn.js";

// The message shortcuts of app_manifest.yml; a test compares.
const SHORTCUTS = [["verb:ask", "Ask the patient"], ["verb:advise", "Send guidance"]];
const plain = (text) => ({ type: "plain_text", text });
const DELETING = {
  title: plain("Delete message"), text: plain("Are you sure you want to delete this message? This cannot be undone."),
  confirm: plain("Delete"), deny: plain("Cancel"), style: "danger",
};

export function drawTools(message, window, inThread) {
  const reply = inThread ? null : el("button", {
    type: "button", title: "Reply in thread", "data-action": "reply", "aria-label": "Reply in thread",
    onclick: () => window.openThread(message.thread_ts ?? message.ts),
  }, icon("reply"));
  const more = el("button", {
    type: "button", title: "More actions", "data-action": "more", "aria-label": "More actions", "aria-haspopup": "menu", "aria-expanded": "false",
  }, icon("more"));
  more.addEventListener("click", () => toggleMenu(more, {
    kind: "menu",
    label: "Message",
    rows: () => rows(message, window, inThread),
    choose: (row) => row.act(),
  }));
  return el("div", { class: "tools" }, reply, more);
}

function rows(message, window, inThread) {
  const shortcuts = SHORTCUTS.map(([callback, label]) =>
    ({ label, value: callback, detail: "Consult", act: () => window.useShortcut(callback, message) }));
  if (message.user !== window.user) return shortcuts;
  return [
    ...shortcuts,
    { label: "Edit message", value: "edit", act: () => edit(message, window, inThread) },
    { label: "Delete message", value: "delete", danger: true, act: () => remove(message, window) },
  ];
}

// The message may have been redrawn since its menu opened: the words are replaced where they stand now.
function edit(message, window, inThread) {
  const row = window.rowOf(message.ts, inThread);
  const said = row.querySelector(".text");
  const back = () => {
    editor.replaceWith(said);
    row.querySelector("[data-action=more]").focus({ preventScroll: true });
    window.show(window.world);
  };
  const editor = drawEditor(typedWords(message.text, window.world), (text) => {
    back();
    window.changeMessage("edit", message, { text });
  }, back);
  said.replaceWith(editor);
  const field = editor.querySelector("textarea");
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}

async function remove(message, window) {
  if (await confirmed(DELETING, window.world)) window.changeMessage("delete", message);
}

// As it was typed: people by their handles, characters as they are.
function typedWords(text, world) {
  const named = text.replace(/<@(\w+)(?:\|[^>]*)?>/g, (whole, id) => {
    const person = world.people.find((each) => each.id === id);
    return person ? `@${person.name}` : whole;
  });
  return unescaped(named);
}
