// A person's open modal, drawn over their window. What is typed stays through redraws of the same blocks.

import { confirmed, drawBlocks } from "./blocks.js";
import { act } from "./control.js";
import { el } from "./dom.js";
import { words } from "./fields.js";

export class Modal {
  constructor(overlay, owner) {
    this.overlay = overlay;
    this.owner = owner;
    this.values = {};
    this.errors = {};
    this.drawn = "";
  }

  show(stack) {
    const view = stack.at(-1);
    const signature = view ? `${view.id} ${view.hash} ${JSON.stringify(this.errors)} ${stack.length}` : "";
    if (signature === this.drawn) return;
    const opened = view && view.id !== this.view?.id;
    if (opened) {
      this.values = {};
      this.errors = {};
    }
    this.view = view;
    this.drawn = signature;
    this.overlay.hidden = !view;
    if (!view) return this.overlay.replaceChildren();
    const scrolled = this.overlay.querySelector(".modal-body")?.scrollTop ?? 0;
    this.overlay.replaceChildren(this.draw(view, stack.length));
    if (opened) this.overlay.querySelector("textarea, .modal-body input, .modal-body select")?.focus({ preventScroll: true });
    else this.overlay.querySelector(".modal-body").scrollTop = Object.keys(this.errors).length ? 0 : scrolled;
    this.overlay.querySelector(".wrong")?.scrollIntoView({ block: "nearest" });
  }

  draw(view, depth) {
    const close = () => this.close();
    const submit = view.submit
      ? el("button", { type: "submit", class: "press primary" }, words(view.submit))
      : null;
    const form = el("form", { class: "modal", role: "dialog", "aria-modal": "true", "aria-label": words(view.title), novalidate: true },
      el("div", { class: "modal-top" },
        depth > 1 ? el("button", { type: "button", class: "plain", title: "Back", onclick: close }, "‹") : null,
        el("h3", {}, words(view.title)),
        el("button", { type: "button", class: "plain", title: "Close", "aria-label": "Close", onclick: close }, "✕")),
      el("div", { class: "modal-body" }, drawBlocks(view.blocks, this.use(view))),
      el("p", { class: "modal-trouble", role: "alert" }),
      el("div", { class: "modal-row" },
        el("button", { type: "button", class: "press", onclick: close }, words(view.close) || "Cancel"), submit));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(form);
    });
    return form;
  }

  use(view) {
    const modal = this;
    return {
      world: this.owner.world,
      errors: this.errors,
      answer(element) {
        const { block_id } = this.block;
        return modal.values[block_id]?.[element.action_id] ?? view.state.values[block_id]?.[element.action_id];
      },
      changed(element, answer, typing) {
        const { block } = this;
        (modal.values[block.block_id] ??= {})[element.action_id] = { type: element.type, ...answer };
        if (!typing && (block.type !== "input" || block.dispatch_action)) modal.press(view, block, element, answer);
      },
      options: (element, typed) => modal.owner.options(element, typed),
      press: ({ block, element }) => modal.press(view, block, element, {}),
    };
  }

  async press(view, block, element, answer) {
    if (!(await confirmed(element.confirm, this.owner.world))) return;
    const action = { action_id: element.action_id, value: element.value, ...answer };
    const order = { user: this.owner.user, view_id: view.id, block_id: block.block_id, action, values: this.filled() };
    this.owner.heed(await act("interact", order));
  }

  async submit(form) {
    form.querySelectorAll(".modal-row button").forEach((button) => (button.disabled = true));
    this.errors = {};
    const told = await act("view_submit", { user: this.owner.user, values: this.filled() });
    this.errors = told.errors ?? {};
    const same = told.view && told.view.id === this.view?.id;
    if (same && !told.trouble && !Object.keys(this.errors).length) this.values = {};
    this.drawn = "";
    this.show(told.views ?? this.owner.stack());
    const trouble = told.trouble ?? (told.errors ? "" : told.message);
    const line = this.overlay.querySelector(".modal-trouble");
    if (line) line.textContent = trouble ?? "";
  }

  // Only what the topmost view still has: a redrawn view may have lost a block.
  filled() {
    const there = new Set(this.view.blocks.map((block) => block.block_id));
    return Object.fromEntries(Object.entries(this.values).filter(([block]) => there.has(block)));
  }

  async close() {
    this.owner.heed(await act("view_close", { user: this.owner.user }));
  }
}
