// Day and night: as the system has it, until somebody presses the switch. The choice is remembered here.

import { icon } from "./icons.js";

const KEPT_AS = "theme";
const NIGHT_OUTSIDE = matchMedia("(prefers-color-scheme: dark)");

function isNight() {
  return (localStorage.getItem(KEPT_AS) ?? (NIGHT_OUTSIDE.matches ? "night" : "day")) === "night";
}

function apply() {
  document.documentElement.dataset.theme = isNight() ? "night" : "day";
  const button = document.getElementById("theme");
  if (!button) return;
  button.setAttribute("aria-label", isNight() ? "Switch to day" : "Switch to night");
  button.title = button.getAttribute("aria-label");
  button.replaceChildren(icon(isNight() ? "sun" : "moon"));
}

apply();
NIGHT_OUTSIDE.addEventListener("change", apply);
document.addEventListener("DOMContentLoaded", () => {
  apply();
  document.getElementById("theme").addEventListener("click", () => {
    localStorage.setItem(KEPT_AS, isNight() ? "day" : "night");
    apply();
  });
});
