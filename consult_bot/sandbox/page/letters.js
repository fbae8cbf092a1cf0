// The mailbox beside the phone: the newest letter first, its links opening on the phone.

import { el, syncList } from "./dom.js";

export function showLetters(container, count, letters, openOnPhone) {
  count.textContent = String(letters.length);
  const numbered = letters.map((letter, index) => ({ ...letter, html: undefined, index })).reverse();
  syncList(container, numbered, (letter) => String(letter.index), (letter) => drawLetter(letter, openOnPhone));
  if (!letters.length) container.append(el("p", { class: "empty", "data-key": "empty" }, "No letters yet."));
}

function drawLetter(letter, openOnPhone) {
  const links = letter.links.map((link) =>
    el("button", { type: "button", class: "letter-link", title: link, onclick: () => openOnPhone(link) }, "Open on the phone"));
  return el("details", { class: "letter" },
    el("summary", {}, el("strong", {}, letter.subject), el("span", {}, letter.to)),
    el("div", { class: "letter-links" }, links.slice(0, 1)),
    el("p", { class: "letter-text" }, letter.text));
}
