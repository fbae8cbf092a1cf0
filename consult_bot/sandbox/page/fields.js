// Elements that keep an answer: what a person types or chooses in a message, modal or App Home.
//
// `use` says how an answer travels: `use.answer(element)` is what stands there now, `use.changed(element,
// answer)` takes a new one, and `use.options(element, typed)` asks the app for an external menu's options.

import { el } from "./dom.js";
import { unescaped } from "./mrkdwn.js";

const TYPED = { email_text_input: "email", url_text_input: "url", number_input: "number" };

export function words(text) {
  if (!text) return "";
  return text.type === "mrkdwn" ? unescaped(text.text) : text.text;
}

export function drawField(element, use, label) {
  const draw = FIELDS[element.type];
  return draw ? draw(element, use, label) : el("em", { class: "unknown" }, `(${element.type})`);
}

function typed(element, use, label) {
  const common = {
    class: "typed",
    placeholder: words(element.placeholder),
    maxlength: element.max_length,
    "aria-label": label,
    value: use.answer(element)?.value ?? "",
    oninput: (event) => use.changed(element, { value: event.target.value || null }, true),
  };
  if (element.multiline) return el("textarea", { ...common, rows: 4 });
  return el("input", { ...common, type: TYPED[element.type] ?? "text" });
}

function allOptions(element) {
  return element.option_groups ? element.option_groups.flatMap((group) => group.options) : (element.options ?? []);
}

function staticSelect(element, use, label) {
  const now = use.answer(element)?.selected_option?.value;
  const choice = (option) =>
    el("option", { value: option.value, selected: option.value === now }, words(option.text));
  const listed = element.option_groups
    ? element.option_groups.map((group) => el("optgroup", { label: words(group.label) }, group.options.map(choice)))
    : element.options.map(choice);
  const first = el("option", { value: "", selected: now === undefined }, words(element.placeholder) || "Choose…");
  const select = el("select", { class: "select", "aria-label": label ?? (words(element.placeholder) || "Choose") }, first, listed);
  select.addEventListener("change", () => {
    const chosen = allOptions(element).find((option) => option.value === select.value) ?? null;
    use.changed(element, { selected_option: chosen });
  });
  return select;
}

function externalSelect(element, use, label) {
  const now = use.answer(element)?.selected_option;
  const list = el("ul", { class: "offers", hidden: true });
  const input = el("input", {
    class: "typed",
    type: "text",
    role: "combobox",
    "aria-expanded": "false",
    "aria-label": label ?? (words(element.placeholder) || "Search"),
    placeholder: words(element.placeholder) || "Search…",
    value: now ? words(now.text) : "",
  });
  let wanted = 0;
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  };
  const choose = (option) => {
    input.value = words(option.text);
    close();
    use.changed(element, { selected_option: option });
  };
  const ask = async () => {
    if (input.value.length < (element.min_query_length ?? 3)) return;
    const mine = ++wanted;
    const offered = await use.options(element, input.value);
    if (mine !== wanted) return;
    list.replaceChildren(...offers(offered, choose));
    list.hidden = false;
    list.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-expanded", "true");
  };
  input.addEventListener("focus", () => {
    input.select();
    const typedBefore = input.value;
    input.value = "";
    ask().finally(() => (input.value ||= typedBefore));
  });
  input.addEventListener("input", ask);
  input.addEventListener("blur", () => setTimeout(close, 150));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || list.hidden) return;
    event.stopPropagation();
    close();
  });
  return el("div", { class: "external" }, input, list);
}

function offers(offered, choose) {
  const groups = offered.option_groups ?? [{ options: offered.options ?? [] }];
  const rows = groups.flatMap((group) => [
    group.label ? el("li", { class: "offer-group" }, words(group.label)) : null,
    ...group.options.map((option) => offer(option, choose)),
  ]);
  return rows.length ? rows.filter(Boolean) : [el("li", { class: "offer-none" }, "Nobody found")];
}

function offer(option, choose) {
  const detail = option.description ? el("small", {}, words(option.description)) : null;
  const press = (event) => {
    event.preventDefault();
    choose(option);
  };
  return el("li", {}, el("button", { type: "button", class: "offer", onmousedown: press }, words(option.text), detail));
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
    const set = el("div", { class: "choices", role: kind === "radio" ? "radiogroup" : "group", "aria-label": label }, rows);
    set.addEventListener("change", () => {
      const ticked = new Set([...set.querySelectorAll("input:checked")].map((input) => input.value));
      const chosen = element.options.filter((option) => ticked.has(option.value));
      use.changed(element, kind === "radio" ? { selected_option: chosen[0] ?? null } : { selected_options: chosen });
    });
    return set;
  };
}

function picker(kind, key) {
  return (element, use, label) =>
    el("input", {
      class: "typed short",
      type: kind,
      "aria-label": label ?? (words(element.placeholder) || kind),
      value: use.answer(element)?.[key] ?? "",
      onchange: (event) => use.changed(element, { [key]: event.target.value || null }),
    });
}

function peopleSelect(element, use, label) {
  const now = use.answer(element)?.selected_user;
  const rows = use.world.people
    .filter((person) => !person.is_bot)
    .map((person) => el("option", { value: person.id, selected: person.id === now }, person.real_name));
  const first = el("option", { value: "" }, words(element.placeholder) || "Choose somebody…");
  const select = el("select", { class: "select", "aria-label": label ?? "Choose somebody" }, first, rows);
  select.addEventListener("change", () => use.changed(element, { selected_user: select.value || null }));
  return select;
}

const FIELDS = {
  plain_text_input: typed,
  email_text_input: typed,
  url_text_input: typed,
  number_input: typed,
  static_select: staticSelect,
  overflow: staticSelect,
  external_select: externalSelect,
  radio_buttons: many("radio"),
  checkboxes: many("checkbox"),
  datepicker: picker("date", "selected_date"),
  timepicker: picker("time", "selected_time"),
  users_select: peopleSelect,
};
