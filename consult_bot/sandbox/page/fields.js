// Elements that keep an answer: what a person types or picks in a message, modal or App Home. Menus are in selects.js.
//
// `use` says how an answer travels: `use.answer(element)` is what stands there now, `use.changed(element,
// answer, typing)` takes a new one, and `use.options(element, typed)` asks the app for an external menu's options.
// `use.described` holds the attributes that tie an element to its hint and its error.

import { localMinute, momentOf } from "./dates.js";
import { el } from "./dom.js";
import { drawOverflow, drawSelect, words } from "./selects.js";

export { words } from "./selects.js";

const TYPED = { email_text_input: "email", url_text_input: "url", number_input: "number" };
// Slack's own longest, where the app has set none.
const LONGEST_CHARACTERS = 3000;

export function drawField(element, use, label) {
  const draw = FIELDS[element.type] ?? (/_select$/.test(element.type) ? drawSelect : null);
  return draw ? draw(element, use, label) : el("em", { class: "unknown" }, `(the sandbox does not draw ${element.type})`);
}

// Nothing typed or pasted is cut: what is too long is counted in red, and sending it says so.
function typed(element, use, label) {
  const dispatch = use.block.dispatch_action ? (element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"]) : [];
  const counter = el("span", { class: "counter", "aria-hidden": "true" });
  const answered = (field, typing) => use.changed(element, { value: field.value || null }, typing);
  const field = el(element.multiline ? "textarea" : "input", {
    class: "typed",
    type: element.multiline ? null : (TYPED[element.type] ?? "text"),
    rows: element.multiline ? 4 : null,
    placeholder: words(element.placeholder) || null,
    min: element.min_value,
    max: element.max_value,
    step: element.is_decimal_allowed ? "any" : null,
    "aria-label": label,
    "data-focus-on-load": element.focus_on_load,
    ...use.described,
    value: use.answer(element)?.value ?? "",
    oninput: () => {
      count(counter, element, field.value.length);
      answered(field, !dispatch.includes("on_character_entered"));
    },
    onkeydown: (event) => {
      if (event.key !== "Enter" || element.multiline || !dispatch.includes("on_enter_pressed")) return;
      event.preventDefault();
      answered(field, false);
    },
  });
  count(counter, element, field.value.length);
  return el("div", { class: "typed-box" }, field, counter);
}

function count(counter, { min_length: least = 0, max_length: most }, length) {
  if (!least && !most) return;
  counter.textContent = `${length} / ${most ?? LONGEST_CHARACTERS}`;
  counter.classList.toggle("over", length > (most ?? LONGEST_CHARACTERS) || (length > 0 && length < least));
}

let groups = 0;

function many(kind) {
  return (element, use, label) => {
    const name = `choice-${++groups}`;
    const now = use.answer(element) ?? {};
    const on = new Set((now.selected_options ?? [now.selected_option]).filter(Boolean).map((option) => option.value));
    const rows = element.options.map((option) => {
      const input = el("input", { type: kind, name, value: option.value, checked: on.has(option.value) });
      const detail = option.description ? el("small", {}, words(option.description)) : null;
      return el("label", { class: "choice" }, input, el("span", {}, words(option.text), detail));
    });
    const role = kind === "radio" ? "radiogroup" : "group";
    const set = el("div", { class: "choices", role, "aria-label": label, "aria-describedby": use.described?.["aria-describedby"] }, rows);
    set.addEventListener("change", () => {
      const ticked = new Set([...set.querySelectorAll("input:checked")].map((input) => input.value));
      const chosen = element.options.filter((option) => ticked.has(option.value));
      use.changed(element, kind === "radio" ? { selected_option: chosen[0] ?? null } : { selected_options: chosen });
    });
    return set;
  };
}

// `read` and `write` turn what the browser's picker holds into Slack's answer and back.
function picker(kind, key, read = (value) => value, write = (answer) => answer) {
  return (element, use, label) => {
    const { zone } = use.world;
    const now = use.answer(element)?.[key];
    return el("input", {
      class: "typed short",
      type: kind,
      "aria-label": label ?? (words(element.placeholder) || element.accessibility_label || kind),
      ...use.described,
      value: now === null || now === undefined ? "" : write(now, zone),
      onchange: (event) => use.changed(element, { [key]: event.target.value ? read(event.target.value, zone) : null }),
    });
  };
}

const epochSeconds = (minute, zone) => momentOf(minute, zone).getTime() / 1000;
const minuteOf = (seconds, zone) => localMinute(new Date(seconds * 1000), zone);

const FIELDS = {
  plain_text_input: typed,
  email_text_input: typed,
  url_text_input: typed,
  number_input: typed,
  overflow: drawOverflow,
  radio_buttons: many("radio"),
  checkboxes: many("checkbox"),
  datepicker: picker("date", "selected_date"),
  timepicker: picker("time", "selected_time"),
  datetimepicker: picker("datetime-local", "selected_date_time", epochSeconds, minuteOf),
};
