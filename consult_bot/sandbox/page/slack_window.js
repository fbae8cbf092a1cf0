// One Slack window: somebody's view of the channel, its threads, the app's Home and direct messages.

import { confirmed, drawBlocks } from "./blocks.js";
import { act } from "./control.js";
import { el, syncList } from "./dom.js";
import { keepFocus, standAt } from "./focus.js";
import { avatar, drawMessage } from "./message.js";
import { Modal } from "./modal.js";
import { stickToEnd } from "./sticky.js";

const PLACES = { channel: "# consults", home: "Home", direct: "Messages" };

export class SlackWindow {
  constructor(root, user) {
    this.user = user;
    this.place = "channel";
    this.thread = null;
    this.faces = el("div", { class: "faces-bar", role: "group", "aria-label": "Acting as" });
    this.tabs = el("div", { class: "tabs", role: "tablist" });
    this.stream = el("div", { class: "stream" });
    this.home = el("div", { class: "home" });
    this.threadStream = el("div", { class: "stream" });
    this.threadPane = el("aside", { class: "thread", hidden: true, "aria-label": "Thread" },
      el("div", { class: "thread-top" }, el("h3", {}, "Thread"),
        el("button", { type: "button", class: "plain", title: "Close", "aria-label": "Close thread", onclick: () => this.closeThread() }, "✕")),
      this.threadStream, this.composer("Reply…", true));
    this.channelComposer = this.composer("Message, or /consult …", false);
    this.channelPane = el("div", { class: "pane" }, this.stream, this.channelComposer);
    this.overlay = el("div", { class: "overlay", hidden: true });
    this.toast = el("p", { class: "toast", role: "status", hidden: true });
    stickToEnd(this.stream);
    stickToEnd(this.threadStream);
    this.modal = new Modal(this.overlay, this);
    root.append(
      el("div", { class: "window-top" }, this.faces, this.tabs),
      el("div", { class: "panes" }, this.channelPane, this.home, this.threadPane, this.overlay),
      this.toast);
  }

  // Drawing

  show(world) {
    this.world = world;
    this.drawTop();
    this.channelPane.hidden = this.place === "home";
    this.home.hidden = this.place !== "home";
    // The manifest's messages tab is read-only: the app's messages are read there, nothing is typed.
    this.channelComposer.hidden = this.place === "direct";
    if (this.place === "home") this.drawHome();
    else this.drawStream();
    this.drawThread();
    this.modal.show(this.stack());
  }

  stack() {
    return this.world.views[this.user] ?? [];
  }

  channel() {
    return this.place === "direct" ? this.world.direct[this.user] : this.world.default_channel;
  }

  drawTop() {
    const people = this.world.people.filter((person) => !person.is_bot);
    const signature = `${this.user} ${this.place} ${people.length}`;
    if (this.faces.signature === signature) return;
    this.faces.signature = signature;
    const me = people.find((person) => person.id === this.user);
    keepFocus(this.faces, () => this.faces.replaceChildren(
      ...people.map((person) => this.face(person)),
      el("span", { class: "me" }, el("strong", {}, me.real_name), el("span", {}, me.role))));
    keepFocus(this.tabs, () => this.tabs.replaceChildren(...Object.entries(PLACES).map(([place, label]) =>
      el("button", {
        type: "button", role: "tab", "data-action": place, "aria-selected": String(place === this.place),
        onclick: () => this.go(place),
      }, label))));
  }

  face(person) {
    const called = person.real_name.replace(/^Dr\. /, "").split(" ")[0];
    return el("button", {
      type: "button", class: "face", title: `Act as ${person.real_name}, ${person.role}`, "data-action": person.id,
      "aria-label": `Act as ${person.real_name}`, "aria-pressed": String(person.id === this.user),
      onclick: () => this.become(person.id),
    }, avatar(person.id, this.world), el("span", { class: "face-name" }, called));
  }

  drawStream() {
    const channel = this.channel();
    const whispers = this.world.whispers[this.user].filter((each) => each.channel === channel && !each.thread_ts);
    const messages = [...this.world.messages[channel], ...whispers].sort((a, b) => (a.ts < b.ts ? -1 : 1));
    this.fill(this.stream, channel + this.user, messages, false);
    if (!messages.length) this.stream.append(el("p", { class: "empty", "data-key": "empty" }, this.emptyWords()));
  }

  emptyWords() {
    return this.place === "direct"
      ? "This app sends no direct messages yet. When it does, you read them here."
      : "No cases yet. Fill in the form on the patient’s phone, and its card appears here.";
  }

  drawThread() {
    const root = this.thread && this.world.messages[this.channel()]?.find((each) => each.ts === this.thread);
    this.threadPane.hidden = !root;
    this.threadPane.parentElement.classList.toggle("with-thread", Boolean(root));
    if (!root) return;
    const whispers = this.world.whispers[this.user].filter((each) => each.thread_ts === this.thread);
    const replies = [...root.replies, ...whispers].sort((a, b) => (a.ts < b.ts ? -1 : 1));
    this.fill(this.threadStream, this.thread + this.user, [root, ...replies], true);
  }

  fill(stream, name, messages, inThread) {
    if (stream.name !== name) {
      stream.replaceChildren();
      stream.stuck = true;
    }
    stream.name = name;
    syncList(stream, messages.map((message) => ({ ...message, replies: undefined })), (message) => message.ts,
      (message) => drawMessage(message, this, inThread));
    stream.toEnd();
  }

  drawHome() {
    const view = this.world.homes[this.user];
    const signature = `${this.user} ${view?.hash}`;
    if (this.home.signature === signature) return;
    this.home.signature = signature;
    keepFocus(this.home, () => this.home.replaceChildren(...(view
      ? drawBlocks(view.blocks, this.useInHome(view))
      : [el("p", { class: "empty" }, "This app has no Home page yet. The cases are in #consults.")])));
  }

  // Going somewhere

  become(user) {
    this.user = user;
    this.home.signature = "";
    this.show(this.world);
    if (this.place === "home") this.go("home");
  }

  go(place) {
    this.place = place;
    this.thread = null;
    this.show(this.world);
    if (place === "home") act("open-home", { user: this.user }).then((told) => this.heed(told));
  }

  openThread(ts) {
    this.thread = ts;
    this.show(this.world);
  }

  closeThread() {
    const row = this.thread;
    this.openThread(null);
    standAt(this.stream, { row, action: "thread", caret: [null, null] }, ".b-actions button");
  }

  // Doing something

  async useShortcut(callback, message) {
    const order = { user: this.user, callback_id: callback, channel: this.channel(), messageTs: message.ts };
    this.heed(await act("shortcut", order));
  }

  useInMessage(message) {
    const press = async ({ block, element }, answer = {}) => {
      if (!(await confirmed(element.confirm, this.world))) return;
      if (element.url) globalThis.open(element.url, "_blank", "noopener");
      const action = { action_id: element.action_id, value: element.value, ...answer };
      const order = { user: this.user, channel: this.channel(), messageTs: message.ts, block_id: block.block_id, action };
      this.heed(await act("interact", order));
    };
    return this.use(press);
  }

  useInHome(view) {
    return this.use(async ({ block, element }, answer = {}) => {
      if (!(await confirmed(element.confirm, this.world))) return;
      const action = { action_id: element.action_id, value: element.value, ...answer };
      this.heed(await act("interact", { user: this.user, view_id: view.id, block_id: block.block_id, action }));
    });
  }

  use(press) {
    return {
      world: this.world,
      answer: () => undefined,
      changed(element, answer, typing) {
        if (!typing) press({ block: this.block, element }, answer);
      },
      options: (element, typed) => this.options(element, typed),
      press,
    };
  }

  async options(element, typed) {
    const told = await act("options", { user: this.user, action_id: element.action_id, value: typed });
    return told.ok && told.ack ? told.ack : { options: [] };
  }

  composer(placeholder, inThread) {
    const text = el("textarea", { rows: 1, placeholder, "aria-label": placeholder });
    const form = el("form", { class: "composer" }, text, el("button", { type: "submit", title: "Send", "aria-label": "Send" }, "➤"));
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const typed = text.value.trim();
      if (!typed) return;
      text.value = "";
      this.heed(await this.send(typed, inThread));
    });
    return form;
  }

  send(typed, inThread) {
    const order = { channel: this.channel(), user: this.user };
    const command = /^(\/\S+)\s*([\s\S]*)$/.exec(typed);
    if (command && inThread) return { ok: false, message: `${command[1]} does not work in threads; type it in the channel.` };
    if (command) return act("command", { ...order, command: command[1], text: command[2] });
    return act("message", { ...order, text: typed, ...(inThread ? { thread_ts: this.thread } : {}) });
  }

  // Says what went wrong, where the app itself could not.
  heed(told) {
    if (told.ok !== false || told.ephemeral || told.errors) return;
    this.toast.textContent = told.message ?? `The app did not take this (${told.error}).`;
    this.toast.hidden = false;
    clearTimeout(this.fading);
    this.fading = setTimeout(() => (this.toast.hidden = true), 6000);
  }
}
