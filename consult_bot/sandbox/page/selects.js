// Slack's select menus, of one and of many: static and external options, people, channels, conversations; and overflow.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { toggleMenu } from "./menu.js";
import { unescaped } from "./mrkdwn.js";

const FILTER_FROM_ROWS = 8;
// What Slack waits for before it asks the app, where the app has not said.
const LEAST_QUERY_CHARACTERS = 3;

export function words(text) {
  if (!text) return "";
  return text.type === "mrkdwn" ? unescaped(text.text) : text.text;
}

const optionRow = (option, group) => ({
  label: words(option.text), value: option.value, detail: words(option.description), group, given: option,
});

function optionRows(source) {
  const groups = source.option_groups ?? [{ options: source.options ?? [] }];
  return groups.flatMap((group) => group.options.map((option) => optionRow(option, words(group.label))));
}

const people = (world) => world.people.filter((person) => !person.deleted)
  .map((person) => ({ label: person.real_name, value: person.id, detail: person.role, given: person.id }));
const channels = (world) => world.channels.map((each) => ({ label: `#${each.name}`, value: each.id, given: each.id }));

// Where an answer stands in Slack's payloads, and what there is to choose from.
const SOURCES = {
  static: { key: "option", placeholder: "Choose an option", rows: (element) => optionRows(element) },
  external: { key: "option", placeholder: "Search…" },
  users: { key: "user", placeholder: "Choose somebody", rows: (_, world) => people(world) },
  channels: { key: "channel", placeholder: "Choose a channel", rows: (_, world) => channels(world) },
  conversations: { key: "conversation", placeholder: "Choose", rows: (_, world) => [...channels(world), ...people(world)] },
};

export function drawSelect(element, use, label) {
  const [, multi, name] = /^(multi_)?(\w+)_select$/.exec(element.type);
  const source = SOURCES[name];
  const key = `selected_${source.key}${multi ? "s" : ""}`;
  const given = use.answer(element)?.[key] ?? null;
  const named = (one) => (source.key === "option" ? optionRow(one) : source.rows(element, use.world).find((row) => row.value === one) ?? { label: one, value: one, given: one });
  const chosen = new Map((multi ? (given ?? []) : given ? [given] : []).map((one) => [named(one).value, named(one)]));
  const placeholder = words(element.placeholder) || source.placeholder;
  const shown = el("span", { class: "select-words" });
  const button = el("button", {
    type: "button", class: "select", role: "combobox", "aria-haspopup": "listbox", "aria-expanded": "false",
    "aria-label": label ?? element.accessibility_label ?? placeholder, ...use.described,
  }, shown, icon("down"));
  const redraw = () => showChosen(shown, chosen, placeholder, multi);
  const choose = (rows) => {
    chosen.clear();
    for (const row of rows) chosen.set(row.value, row);
    redraw();
    const answers = rows.map((row) => row.given);
    use.changed(element, { [key]: multi ? answers : answers[0] });
  };
  redraw();
  button.addEventListener("click", () => toggleMenu(button, {
    label: label ?? placeholder,
    filter: name === "external" || rowsOf(source, element, use).length >= FILTER_FROM_ROWS,
    rows: (typed) => offered(element, use, source, typed, multi ? null : [...chosen.keys()][0]),
    many: multi ? new Map(chosen) : null,
    choose: (answer) => choose(multi ? answer.slice(0, element.max_selected_items ?? answer.length) : [answer]),
  }));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    button.click();
  });
  return button;
}

function showChosen(shown, chosen, placeholder, multi) {
  const names = [...chosen.values()].map((row) => row.label);
  shown.classList.toggle("nothing", !names.length);
  shown.replaceChildren(...(multi && names.length ? names.map((name) => el("span", { class: "chip" }, name)) : [names[0] ?? placeholder]));
}

function rowsOf(source, element, use) {
  return source.rows?.(element, use.world) ?? [];
}

async function offered(element, use, source, typed, chosen) {
  const rows = source.rows ? matching(rowsOf(source, element, use), typed) : await asked(element, use, typed);
  if (!Array.isArray(rows)) return [rows];
  return rows.length ? rows.map((row) => ({ ...row, chosen: row.value === chosen })) : [{ told: "Nothing found" }];
}

function matching(rows, typed) {
  const wanted = typed.trim().toLowerCase();
  return rows.filter((row) => row.label.toLowerCase().includes(wanted));
}

async function asked(element, use, typed) {
  const least = element.min_query_length ?? LEAST_QUERY_CHARACTERS;
  if (typed.length < least) return { told: `Type ${least === 1 ? "a letter" : `${least} letters`} to search` };
  return optionRows(await use.options(element, typed));
}

export function drawOverflow(element, use) {
  const button = el("button", { type: "button", class: "press overflow", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": element.accessibility_label ?? "More options" }, icon("more"));
  button.addEventListener("click", () => toggleMenu(button, {
    kind: "menu",
    label: "More options",
    rows: () => optionRows(element),
    choose: ({ given }) => {
      if (given.url) globalThis.open(given.url, "_blank", "noopener");
      use.changed(element, { selected_option: given });
    },
  }));
  return button;
}
