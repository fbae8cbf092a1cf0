// Makes elements. Text always becomes a text node: nothing anybody wrote is ever read as HTML.

import { placeIn, standAt } from "./focus.js";

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "value") node.value = value;
    else if (name === "checked" || name === "selected" || name === "disabled") node[name] = true;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

// Where the keyboard goes when the button it stood on is gone: after Claim, to what the owner can do now.
const FIRST_CHOICE = ".b-actions button";

// Redraws only what changed, so that focus, selections and half-typed words stay. Where somebody is editing
// (`data-held`), the redraw waits until they are done.
export function syncList(container, items, key, draw) {
  const old = new Map([...container.children].map((node) => [node.dataset.key, node]));
  let place = container.firstElementChild;
  for (const item of items) {
    const name = key(item);
    const signature = JSON.stringify(item);
    let node = old.get(name);
    if (!node || (node.signature !== signature && !node.querySelector("[data-held]"))) {
      const fresh = draw(item);
      fresh.dataset.key = name;
      fresh.signature = signature;
      if (node) {
        if (place === node) place = fresh;
        const focused = placeIn(node);
        node.replaceWith(fresh);
        standAt(fresh, focused, FIRST_CHOICE);
      }
      node = fresh;
    }
    old.delete(name);
    if (place === node) place = node.nextElementSibling;
    else container.insertBefore(node, place);
  }
  for (const gone of old.values()) gone.remove();
}

export function safeAddress(address) {
  return /^(https?:|mailto:|tel:)/i.test(address) ? address : undefined;
}
