// The mailbox beside the phone: the newest letter first, its links opening on the phone. Unopened letters stand out.

import { el, syncList } from "./dom.js";

const opened = new Set();

export function showLetters(container, count, letters, openOnPhone) {
  count.textContent = String(letters.length);
  count.setAttribute("aria-label", letters.length === 1 ? "1 letter" : `${letters.length} letters`);
  const numbered = letters.map((letter, index) => ({ ...letter, html: undefined, index })).reverse();
  syncList(container, numbered, (letter) => String(letter.index), (letter) => drawLetter(letter, openOnPhone));
  if (!letters.length) container.append(el("p", { class: "empty", "data-key": "empty" }, "No letters yet."));
}

// A case number stays in one line.
export function unbroken(words) {
  return words.split(/(\(?C-\d+\)?)/).map((part, index) => (index % 2 ? el("span", { class: "unbroken" }, part) : part));
}

function drawLetter(letter, openOnPhone) {
  const links = letter.links.map((link) =>
    el("button", { type: "button", class: "letter-link", title: link, onclick: () => openOnPhone(link) }, "Open on the phone"));
  const drawn = el("details", { class: `letter${opened.has(letter.index) ? "" : " unopened"}` },
    el("summary", {}, el("strong", {}, unbroken(letter.subject)), el("span", {}, letter.to)),
    el("div", { class: "letter-links" }, links.slice(0, 1)),
    el("p", { class: "letter-text" }, letter.text));
  drawn.addEventListener("toggle", () => {
    opened.add(letter.index);
    drawn.classList.remove("unopened");
  });
  return drawn;
}
