// Where a person types: messages, and in the channel slash commands. What is typed stays while the page redraws.

import { el } from "./dom.js";
import { icon } from "./icons.js";

// Enter sends and Shift+Enter begins a line, as in Slack.
export function drawComposer(placeholder, send) {
  const text = el("textarea", { rows: 1, placeholder, "aria-label": placeholder });
  const form = el("form", { class: "composer" }, text,
    el("button", { type: "submit", title: "Send", "aria-label": "Send" }, icon("send")));
  text.addEventListener("keydown", (event) => sendOnEnter(event, form));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const typed = text.value.trim();
    if (!typed) return;
    text.value = "";
    await send(typed);
  });
  return form;
}

// In place of a message's words, until they are saved or left as they were.
export function drawEditor(words, save, leave) {
  const text = el("textarea", { class: "typed", rows: 2, "aria-label": "Edit message" });
  text.value = words;
  const form = el("form", { class: "editor", "data-held": true }, text,
    el("div", { class: "editor-row" },
      el("button", { type: "button", class: "press", onclick: leave }, "Cancel"),
      el("button", { type: "submit", class: "press primary" }, "Save")));
  form.addEventListener("keydown", (event) => {
    sendOnEnter(event, form);
    if (event.key !== "Escape") return;
    event.stopPropagation();
    leave();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = text.value.trim();
    if (typed && typed !== words) save(typed);
    else leave();
  });
  return form;
}

function sendOnEnter(event, form) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.target.tagName !== "TEXTAREA") return;
  event.preventDefault();
  form.requestSubmit();
}
