// A person's open modals, drawn over their window: the topmost is seen, what is typed in any of them stays.

import { Answers } from "./answers.js";
import { confirmed, drawBlocks } from "./blocks.js";
import { act } from "./control.js";
import { el } from "./dom.js";
import { words } from "./fields.js";
import { goRound, placeIn, standAt } from "./focus.js";
import { icon } from "./icons.js";

const FIELDS = ".modal-body :is(textarea, input, .select)";
const FIRST = ".modal-body [data-focus-on-load]";
const SUBMIT = ".modal-row [type=submit], .modal-row button";
const WRONG = ".wrong :is(textarea, input, .select)";

export class Modal {
  constructor(overlay, owner) {
    this.overlay = overlay;
    this.owner = owner;
    this.answers = new Answers();
    this.errors = {};
    this.drawn = "";
    overlay.addEventListener("keydown", (event) => this.key(event));
  }

  signature(view, depth) {
    return view ? `${view.id} ${view.hash} ${JSON.stringify(this.errors)} ${depth}` : "";
  }

  show(stack) {
    const view = stack.at(-1);
    if (this.signature(view, stack.length) === this.drawn) return;
    const opened = view && view.id !== this.view?.id;
    if (opened) this.errors = {};
    const stoodAt = this.submittedFrom ?? placeIn(this.overlay);
    if (!this.view) this.openedFrom = placeIn(this.overlay.parentElement);
    this.view = view;
    this.drawn = this.signature(view, stack.length);
    this.depth = stack.length;
    this.cover(Boolean(view));
    if (!view) return this.leave(stoodAt);
    const scrolled = this.overlay.querySelector(".modal-body")?.scrollTop ?? 0;
    this.overlay.replaceChildren(this.draw(view, stack.length));
    // What answers a submission is read from its top: a preview stands there.
    if (!opened && !this.submittedFrom) this.overlay.querySelector(".modal-body").scrollTop = scrolled;
    this.enter(opened, stoodAt);
    this.overlay.querySelector(".wrong")?.scrollIntoView({ block: "nearest" });
  }

  // While it is open, nothing below it can be reached.
  cover(open) {
    this.overlay.hidden = !open;
    for (const pane of this.overlay.parentElement.children) pane.inert = open && pane !== this.overlay;
  }

  enter(opened, stoodAt) {
    const wrong = this.overlay.querySelector(WRONG);
    const first = [FIRST, FIELDS, SUBMIT].map((there) => this.overlay.querySelector(there)).find(Boolean);
    // Somebody at work in another window, or on the phone, stays there.
    const focused = document.activeElement;
    const free = focused === document.body || this.overlay.closest(".window").contains(focused);
    if (stoodAt && wrong) wrong.focus({ preventScroll: true });
    else if (stoodAt?.action && !opened) standAt(this.overlay, stoodAt, SUBMIT);
    else if (stoodAt || (opened && free)) first.focus({ preventScroll: true });
  }

  leave(stoodAt) {
    this.overlay.replaceChildren();
    if (!stoodAt) return;
    if (this.openedFrom?.node.isConnected) this.openedFrom.node.focus({ preventScroll: true });
    else standAt(this.overlay.parentElement, this.openedFrom, ".b-actions button");
  }

  draw(view, depth) {
    const close = () => this.close();
    const submit = view.submit
      ? el("button", { type: "submit", class: "press primary", "data-action": "submit" }, words(view.submit))
      : null;
    const form = el("form", { class: "modal-form", novalidate: true },
      el("div", { class: "modal-top" },
        depth > 1 ? el("button", { type: "button", class: "plain", title: "Back", "aria-label": "Back", "data-action": "back", onclick: close }, icon("back")) : null,
        el("h2", {}, words(view.title)),
        el("button", { type: "button", class: "plain", title: "Close", "aria-label": "Close", "data-action": "close", onclick: () => this.close(true) }, icon("close"))),
      el("div", { class: "modal-body", role: "group", "aria-label": words(view.title) }, drawBlocks(view.blocks, this.use(view))),
      el("p", { class: "modal-trouble", role: "alert" }),
      el("div", { class: "modal-row" },
        el("button", { type: "button", class: "press", "data-action": "cancel", onclick: close }, words(view.close) || "Cancel"), submit));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(form);
    });
    return el("div", { class: "modal", role: "dialog", tabindex: -1, "aria-modal": "true", "aria-label": words(view.title) }, form);
  }

  // As in Slack: Escape closes, and Tab goes round inside the modal.
  key(event) {
    if (event.key === "Tab") goRound(this.overlay, event);
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.close();
  }

  use(view) {
    const modal = this;
    return {
      world: this.owner.world,
      errors: this.errors,
      answer(element) {
        return modal.answers.of(view, this.block, element);
      },
      changed(element, answer, typing) {
        const { block } = this;
        modal.answers.keep(view, block, element, answer);
        modal.forgive(block.block_id);
        if (!typing && (block.type !== "input" || block.dispatch_action)) modal.press(view, block, element, answer);
      },
      options: (element, typed) => modal.owner.options(element, typed),
      press: ({ block, element }) => modal.press(view, block, element, {}),
    };
  }

  // An answer was changed: what was wrong with the old one no longer stands beside it.
  forgive(blockId) {
    if (!this.errors[blockId]) return;
    delete this.errors[blockId];
    this.drawn = this.signature(this.view, this.depth);
    const drawn = this.overlay.querySelector(`[data-block="${CSS.escape(blockId)}"]`);
    drawn.classList.remove("wrong");
    drawn.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
    drawn.querySelector(".b-error").remove();
  }

  async press(view, block, element, answer) {
    if (!(await confirmed(element.confirm, this.owner.world))) return;
    if (element.url) globalThis.open(element.url, "_blank", "noopener");
    const action = { action_id: element.action_id, value: element.value, ...answer };
    const order = { user: this.owner.user, view_id: view.id, block_id: block.block_id, action, values: this.answers.filled(view) };
    this.owner.heed(await act("interact", order));
  }

  async submit(form) {
    this.submittedFrom = placeIn(this.overlay);
    form.querySelectorAll(".modal-row button").forEach((button) => (button.disabled = true));
    this.errors = {};
    const { view } = this;
    const told = await act("view_submit", { user: this.owner.user, values: this.answers.filled(view) });
    this.errors = told.errors ?? {};
    if (!told.trouble && !Object.keys(this.errors).length) this.answers.forget(view);
    this.drawn = "";
    this.show(told.views ?? this.owner.stack());
    this.submittedFrom = null;
    const trouble = told.trouble ?? (told.errors ? "" : told.message);
    const line = this.overlay.querySelector(".modal-trouble");
    if (line) line.textContent = trouble ?? "";
  }

  // The cross dismisses all views of the modal; Cancel, Escape and the arrow only the one on top.
  async close(all = false) {
    this.answers.forget(this.view);
    this.owner.heed(await act("view_close", { user: this.owner.user, clear: all }));
  }
}
