// The stage: a patient's phone and mailbox on the left, Slack windows beside them, all live.

import { moveClock, now } from "./clock.js";
import { act, keepLooking, watch } from "./control.js";
import { refreshDates } from "./dates.js";
import { showLetters } from "./letters.js";
import { Phone } from "./phone.js";
import { SlackWindow } from "./slack_window.js";
import { chooseWindows } from "./windows.js";

const LOOK_EVERY_MILLISECONDS = 700;
const byId = (id) => document.getElementById(id);

// Cookies of the patient's session need the phone on the same site as this page.
if (location.hostname === "localhost") location.replace(location.href.replace("localhost", "127.0.0.1"));

const PLAYERS = { "window-1": "U0ANA", "window-2": "U0BEN", "window-3": "U0LENA" };
const windows = Object.entries(PLAYERS).map(([id, user]) => new SlackWindow(byId(id), user));
const phone = new Phone(byId("phone"), byId("phone-out"));
let world = null;

function openOnPhone(address) {
  phone.open(address);
  goTo("phone");
}

function goTo(place) {
  byId("stage").dataset.place = place;
  for (const button of document.querySelectorAll("[data-place]")) {
    if (button.tagName === "BUTTON") button.setAttribute("aria-pressed", String(button.dataset.place === place));
  }
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
  refreshDates();
  showLetters(byId("letters"), byId("mail-count"), world.mail, openOnPhone);
});

byId("skip").addEventListener("click", () => goTo("slack"));
byId("phone-home").addEventListener("click", () => openOnPhone(`${world.app_url}/`));
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => act("clock", { advance_seconds: Number(button.dataset.advance) }));
}
for (const button of document.querySelectorAll("nav [data-place]")) {
  button.addEventListener("click", () => goTo(button.dataset.place));
}

setInterval(() => {
  if (!world) return;
  refreshDates();
  byId("clock").textContent = now().toLocaleString([], { weekday: "short", hour: "numeric", minute: "2-digit" });
}, 500);

chooseWindows(byId("stage"), byId("window-count"));
keepLooking(LOOK_EVERY_MILLISECONDS, (away) => document.body.classList.toggle("away", away));
