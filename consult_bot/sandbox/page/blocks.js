// Draws Block Kit as Slack does. `use` is how elements act; see fields.js, and `use.press({ block, element })`.

import { el, safeAddress } from "./dom.js";
import { drawField, words } from "./fields.js";
import { icon } from "./icons.js";
import { emoji, mrkdwn } from "./mrkdwn.js";
import { richText } from "./rich_text.js";

export function drawBlocks(blocks, use) {
  return blocks.map((block) => {
    const draw = BLOCKS[block.type];
    const inBlock = { ...use, block };
    return draw ? draw(block, inBlock) : el("p", { class: "unknown" }, `(the sandbox does not draw ${block.type})`);
  });
}

export function drawText(text, world) {
  if (!text) return "";
  if (text.type === "mrkdwn") return mrkdwn(text.text, world);
  return text.emoji === false ? text.text : text.text.replace(/:([a-z0-9_+-]+):/g, (_, name) => emoji(name));
}

const BLOCKS = {
  header: (block, use) => el("h2", { class: "b-header" }, drawText(block.text, use.world)),
  divider: () => el("hr", { class: "b-divider" }),
  context: (block, use) =>
    el("div", { class: "b-context" }, block.elements.map((part) =>
      part.type === "image" ? image(part, "tiny") : el("span", {}, drawText(part, use.world)))),
  section,
  actions: (block, use) => el("div", { class: "b-actions" }, block.elements.map((element) => drawElement(element, use))),
  image: (block, use) =>
    el("figure", { class: "b-image" }, block.title ? el("figcaption", {}, drawText(block.title, use.world)) : null, image(block, "large")),
  rich_text: (block, use) => richText(block, use.world),
  markdown: (block) => el("p", { class: "b-markdown" }, block.text),
  alert: (block, use) => el("div", { class: `b-alert ${block.level ?? "default"}`, role: "status" }, drawText(block.text, use.world)),
  input,
  table: (block, use) =>
    el("table", { class: "b-table" }, block.rows.map((row) => el("tr", {}, row.map((cell) => el("td", {}, tableCell(cell, use)))))),
};

function tableCell(cell, use) {
  return cell.type === "rich_text" ? richText(cell, use.world) : (cell.text ?? "");
}

function section(block, use) {
  const text = block.text ? el("div", { class: "b-text" }, drawText(block.text, use.world)) : null;
  const fields = block.fields
    ? el("div", { class: "b-fields" }, block.fields.map((field) => el("div", {}, drawText(field, use.world))))
    : null;
  const beside = block.accessory ? el("div", { class: "b-accessory" }, drawElement(block.accessory, use)) : null;
  return el("div", { class: "b-section" }, el("div", { class: "b-main" }, text, fields), beside);
}

function image(block, size) {
  const own = block.image_url?.startsWith(`${location.origin}/files/`);
  const address = own ? block.image_url.replace("/files/", "/page/files/").replace(/\/[^/]*$/, "") : undefined;
  if (address) return el("img", { class: size, src: address, alt: block.alt_text });
  // Nothing is loaded from outside: the sandbox shows where the picture would be.
  return el("span", { class: `picture ${size}`, title: safeAddress(block.image_url ?? "") }, icon("picture"), block.alt_text);
}

function drawElement(element, use) {
  if (element.type === "image") return image(element, "thumb");
  if (element.type !== "button") return named(drawField(element, use), element);
  return el("button", {
    type: "button",
    class: `press ${element.style ?? ""}`,
    "data-action": element.action_id,
    "data-focus-on-load": element.focus_on_load,
    "aria-label": element.accessibility_label,
    onclick: () => use.press({ ...use, element }),
  }, drawText(element.text, use.world), element.url ? icon("out") : null);
}

// The name by which the keyboard finds the same element after a redraw.
function named(node, element) {
  node.dataset.action = element.action_id;
  return node;
}

let inputs = 0;

function input(block, use) {
  const error = use.errors?.[block.block_id];
  const label = words(block.label);
  const name = `input-${++inputs}`;
  const told = [error ? `${name}-error` : "", block.hint ? `${name}-hint` : ""].filter(Boolean).join(" ");
  const described = { "aria-describedby": told || null, "aria-required": block.optional ? null : "true", "aria-invalid": error ? "true" : null };
  return el("div", { class: `b-input${error ? " wrong" : ""}`, "data-block": block.block_id },
    el("p", { class: "b-label" }, label, block.optional ? el("span", { class: "optional" }, " (optional)") : null),
    named(drawField(block.element, { ...use, described }, label), block.element),
    error ? el("p", { class: "b-error", role: "alert", id: `${name}-error` }, error) : null,
    block.hint ? el("p", { class: "b-hint", id: `${name}-hint` }, words(block.hint)) : null);
}

// Asks before a dangerous press, in the app's own words. Resolves to whether to go on.
export function confirmed(confirm, world) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((resolve) => {
    const dialog = el("dialog", { class: "confirm", "aria-label": words(confirm.title) },
      el("h2", {}, words(confirm.title)),
      el("div", {}, drawText(confirm.text, world)),
      el("div", { class: "confirm-row" },
        el("button", { type: "button", class: "press", onclick: () => dialog.close("no") }, words(confirm.deny)),
        el("button", { type: "button", class: `press ${confirm.style ?? "primary"}`, onclick: () => dialog.close("yes") }, words(confirm.confirm))));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
