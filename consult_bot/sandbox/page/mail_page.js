// The whole mailbox: letters as the patient's mail program would show them.

import { el, syncList } from "./dom.js";
import { keepLooking, watch } from "./control.js";
import { unbroken } from "./letters.js";

const reading = document.getElementById("reading");

function read(letter) {
  for (const row of document.querySelectorAll(".letter-row")) row.setAttribute("aria-pressed", String(row.dataset.key === String(letter.index)));
  const body = letter.html
    ? el("iframe", { class: "letter-html", title: letter.subject, src: `/page/letters/${letter.index}` })
    : el("p", { class: "letter-text" }, letter.text);
  reading.replaceChildren(
    el("h2", {}, letter.subject),
    el("p", { class: "letter-to" }, `to ${letter.to}`),
    body,
    el("details", {}, el("summary", {}, "As plain text"), el("p", { class: "letter-text" }, letter.text)),
    el("p", { class: "letter-links" }, letter.links.map((link) => el("a", { href: link, target: "_blank", rel: "noopener" }, link))));
}

watch((world) => {
  const numbered = world.mail.map((letter, index) => ({ ...letter, index })).reverse();
  syncList(document.getElementById("letters"), numbered, (letter) => String(letter.index), (letter) =>
    el("button", { type: "button", class: "letter-row", onclick: () => read(letter) },
      el("strong", {}, unbroken(letter.subject)), el("span", {}, letter.to)));
  if (numbered.length && reading.querySelector(".empty")) read(numbered[0]);
});

keepLooking(1000, (away) => document.body.classList.toggle("away", away));
