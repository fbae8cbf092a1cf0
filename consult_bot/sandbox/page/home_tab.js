// The app's Home tab as one person sees it: what the app published last, and what they have filled in since.

import { Answers } from "./answers.js";
import { confirmed, drawBlocks } from "./blocks.js";
import { act } from "./control.js";
import { el } from "./dom.js";
import { keepFocus } from "./focus.js";

const NOTHING = "Nothing here yet: this app has not published a Home page for this person. The cases are in # consults.";

export class HomeTab {
  constructor(owner) {
    this.owner = owner;
    this.answers = new Answers();
    this.opening = 0;
    this.pane = el("div", { class: "home", role: "tabpanel", "aria-label": "Home", tabindex: 0, hidden: true });
  }

  // Tells the app that somebody looks, as Slack does each time; it may publish in answer.
  async open() {
    this.opening += 1;
    this.show();
    const told = await act("open-home", { user: this.owner.user }).finally(() => (this.opening -= 1));
    this.owner.heed(told);
    this.show();
  }

  show() {
    const { user, world } = this.owner;
    const view = world.homes[user];
    const signature = `${user} ${view?.hash} ${view ? "" : this.opening}`;
    if (this.pane.signature === signature) return;
    this.pane.signature = signature;
    keepFocus(this.pane, () => this.pane.replaceChildren(...this.draw(view)));
  }

  draw(view) {
    if (view) return drawBlocks(view.blocks, this.use(view));
    return [el("p", { class: "empty" }, this.opening ? "Opening…" : NOTHING)];
  }

  use(view) {
    const { answers, owner } = this;
    const press = async ({ block, element }, answer = {}) => {
      if (!(await confirmed(element.confirm, owner.world))) return;
      if (element.url) globalThis.open(element.url, "_blank", "noopener");
      const action = { action_id: element.action_id, value: element.value, ...answer };
      const order = { user: owner.user, view_id: view.id, block_id: block.block_id, action, values: answers.filled(view) };
      answers.forget(view);
      owner.heed(await act("interact", order));
    };
    return {
      world: owner.world,
      answer(element) {
        return answers.of(view, this.block, element);
      },
      changed(element, answer, typing) {
        if (typing) answers.keep(view, this.block, element, answer);
        else press({ block: this.block, element }, answer);
      },
      options: (element, typed) => owner.options(element, typed),
      press,
    };
  }
}
