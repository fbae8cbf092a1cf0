// The stage: a patient's phone and mailbox on the left, Slack windows beside them, all live.

import { moveClock, now } from "./clock.js";
import { act, keepLooking, watch } from "./control.js";
import { refreshDates } from "./dates.js";
import { Hint } from "./hint.js";
import { icon } from "./icons.js";
import { showLetters } from "./letters.js";
import { Phone } from "./phone.js";
import { SlackWindow } from "./slack_window.js";
import { chooseWindows } from "./windows.js";

const LOOK_EVERY_MILLISECONDS = 700;
const TIME = { weekday: "short", hour: "numeric", minute: "2-digit" };
const CLOCKS = { clock: { ...TIME, month: "short", day: "numeric" }, "clock-button": TIME };
const byId = (id) => document.getElementById(id);

// Cookies of the patient's session need the phone on the same site as this page.
if (location.hostname === "localhost") location.replace(location.href.replace("localhost", "127.0.0.1"));

const PLAYERS = { "window-1": "U0ANA", "window-2": "U0BEN", "window-3": "U0LENA" };
const windows = Object.entries(PLAYERS).map(([id, user]) => new SlackWindow(byId(id), user));
const phone = new Phone(byId("phone"), byId("phone-out"));
const hint = new Hint(byId("hint"), byId("hint-words"), byId("hint-toggle"), byId("hint-close"), byId("hint-show"));
let world = null;

function openOnPhone(address) {
  phone.open(address);
  goTo("phone");
}

function goTo(place) {
  byId("stage").dataset.place = place;
  for (const button of document.querySelectorAll("nav [data-place]")) {
    button.setAttribute("aria-pressed", String(button.dataset.place === place));
  }
}

// Where the next step is done: shown where the page is narrow, and pointed at.
hint.goTo = (place) => {
  if (place === "time") toggleTime(true);
  else goTo(place);
  const there = byId({ phone: "phone-case", mail: "mailbox", slack: "window-1", time: "time-machine" }[place]);
  there.classList.remove("pointed");
  requestAnimationFrame(() => there.classList.add("pointed"));
  (place === "phone" ? byId("phone") : there.querySelector("summary, .b-actions button, button"))?.focus();
};

// Where the page is narrow, the time machine opens from the clock.
function toggleTime(open) {
  byId("time-machine").classList.toggle("open", open);
  byId("clock-button").setAttribute("aria-expanded", String(open));
}

watch((changed) => {
  const first = world === null;
  world = changed;
  moveClock(world.offset_seconds);
  if (first) {
    phone.takeUp(`${world.app_url}/`);
    goTo("slack");
  }
  for (const window of windows) window.show(world);
  hint.show(world);
  refreshDates();
  tellTime();
  showLetters(byId("letters"), byId("mail-count"), world.mail, openOnPhone);
});

function tellTime() {
  const zone = world.people.find((person) => !person.is_bot)?.tz;
  for (const [id, shape] of Object.entries(CLOCKS)) {
    const words = now().toLocaleString("en-US", { ...shape, timeZone: zone });
    if (byId(id).textContent !== words) byId(id).textContent = words;
  }
}

for (const node of document.querySelectorAll("[data-icon]")) node.prepend(icon(node.dataset.icon));
byId("skip").addEventListener("click", () => goTo("slack"));
byId("phone-home").addEventListener("click", () => openOnPhone(`${world.app_url}/`));
byId("clock-button").addEventListener("click", () => toggleTime(byId("clock-button").getAttribute("aria-expanded") !== "true"));
byId("time").addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  toggleTime(false);
  byId("clock-button").focus();
});
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => act("clock", { advance_seconds: Number(button.dataset.advance) }));
}
for (const button of document.querySelectorAll("nav [data-place]")) {
  button.addEventListener("click", () => goTo(button.dataset.place));
}

setInterval(() => {
  if (!world) return;
  refreshDates();
  tellTime();
}, 500);

chooseWindows(byId("stage"), byId("window-count"));
keepLooking(LOOK_EVERY_MILLISECONDS, (away) => document.body.classList.toggle("away", away));
