// The strip that tells a newcomer the next step. It can be put away and brought back; the choice is remembered.

import { nextStep } from "./steps.js";

const KEPT_AS = "hint";

export class Hint {
  constructor(strip, words, toggle, close, show) {
    Object.assign(this, { strip, words, toggle });
    toggle.addEventListener("click", () => this.keep(strip.hidden));
    close.addEventListener("click", () => {
      this.keep(false);
      toggle.focus();
    });
    show.addEventListener("click", () => this.goTo(this.step.place));
    this.keep(localStorage.getItem(KEPT_AS) !== "away");
  }

  keep(shown) {
    localStorage.setItem(KEPT_AS, shown ? "shown" : "away");
    this.strip.hidden = !shown;
    this.toggle.setAttribute("aria-pressed", String(shown));
  }

  show(world) {
    this.step = nextStep(world);
    if (this.words.textContent !== this.step.words) this.words.textContent = this.step.words;
  }
}
