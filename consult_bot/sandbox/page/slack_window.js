// One Slack window: somebody's view of the channel, its threads, the app's Home and direct messages.

import { firstAnswer } from "./answers.js";
import { confirmed } from "./blocks.js";
import { drawComposer } from "./composer.js";
import { act, look } from "./control.js";
import { drawDay, withDays } from "./days.js";
import { el, syncList } from "./dom.js";
import { keepFocus, standAt } from "./focus.js";
import { HomeTab } from "./home_tab.js";
import { icon } from "./icons.js";
import { avatar, drawMessage } from "./message.js";
import { Modal } from "./modal.js";
import { stickToEnd } from "./sticky.js";
import { Unread } from "./unread.js";

const PLACES = { channel: "# consults", home: "Home", direct: "Messages" };
const TOAST_MILLISECONDS = 8000;

export class SlackWindow {
  constructor(root, user) {
    this.user = user;
    this.place = "channel";
    this.thread = null;
    this.unread = new Unread();
    this.faces = el("div", { class: "faces-bar", role: "group", "aria-label": "Acting as" });
    this.tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "Slack", onkeydown: (event) => this.walkTabs(event) });
    this.stream = el("div", { class: "stream", role: "group", tabindex: 0 });
    this.home = new HomeTab(this);
    this.threadStream = el("div", { class: "stream", role: "group", "aria-label": "Messages of the thread", tabindex: 0 });
    this.threadPane = el("aside", { class: "thread", hidden: true, "aria-label": `Thread, ${root.getAttribute("aria-label")}` },
      el("div", { class: "thread-top" }, el("h2", {}, "Thread"),
        el("button", { type: "button", class: "plain", title: "Close", "aria-label": "Close thread", onclick: () => this.closeThread() }, icon("close"))),
      this.threadStream, this.composer("Reply…", true));
    this.channelComposer = this.composer("Message, or /consult …", false);
    this.channelPane = el("div", { class: "pane", role: "tabpanel" }, this.stream, this.channelComposer);
    this.overlay = el("div", { class: "overlay", hidden: true });
    this.toast = el("p", { class: "toast", role: "status", hidden: true });
    stickToEnd(this.stream);
    stickToEnd(this.threadStream);
    this.modal = new Modal(this.overlay, this);
    this.threadPane.addEventListener("keydown", (event) => event.key === "Escape" && this.closeThread());
    root.append(
      el("div", { class: "window-top" }, this.faces, this.tabs),
      el("div", { class: "panes" }, this.channelPane, this.home.pane, this.threadPane, this.overlay),
      this.toast);
  }

  // Drawing

  // What the world is to this person: `me` is who reads, `zone` where their clock stands.
  show(world) {
    const me = world.people.find((person) => person.id === this.user);
    this.world = { ...world, me: me.id, zone: me.tz };
    this.unread.begin(world.now_seconds);
    this.drawTop(me);
    this.channelPane.hidden = this.place === "home";
    this.home.pane.hidden = this.place !== "home";
    // The manifest's messages tab is read-only: the app's messages are read there, nothing is typed.
    this.channelComposer.hidden = this.place === "direct";
    if (this.place === "home") this.home.show();
    else this.drawStream();
    this.drawThread();
    this.modal.show(this.stack());
  }

  stack() {
    return this.world.views[this.user] ?? [];
  }

  channel() {
    return this.channelAt(this.place);
  }

  channelAt(place) {
    return place === "direct" ? this.world.direct[this.user] : this.world.default_channel;
  }

  drawTop(me) {
    const people = this.world.people.filter((person) => !person.is_bot && (!person.deleted || person.id === this.user));
    const waiting = Object.keys(PLACES).map((place) => this.waitingAt(place));
    const signature = JSON.stringify([this.user, this.place, people, waiting]);
    if (this.faces.signature === signature) return;
    this.faces.signature = signature;
    keepFocus(this.faces, () => this.faces.replaceChildren(
      ...people.map((person) => this.face(person)),
      el("span", { class: "me" }, el("strong", {}, me.real_name), el("span", {}, me.role))));
    keepFocus(this.tabs, () => this.tabs.replaceChildren(...Object.keys(PLACES).map((place, index) => this.tab(place, waiting[index]))));
  }

  waitingAt(place) {
    if (place === "home" || place === this.place) return 0;
    return this.unread.count(this.user, place, this.world.messages[this.channelAt(place)]);
  }

  tab(place, waiting) {
    const here = place === this.place;
    return el("button", {
      type: "button", role: "tab", "data-action": place, "aria-selected": String(here), tabindex: here ? 0 : -1, onclick: () => this.go(place),
    }, PLACES[place], waiting ? el("span", { class: "unread" }, `${waiting} new`) : null);
  }

  walkTabs(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const places = Object.keys(PLACES);
    this.go(places[(places.indexOf(this.place) + step + places.length) % places.length]);
    this.tabs.querySelector("[aria-selected=true]").focus();
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
    this.unread.see(this.user, this.place, messages);
    this.stream.setAttribute("aria-label", this.place === "direct" ? "Messages from the app" : "Messages of the channel");
    this.fill(this.stream, channel + this.user, messages, false);
    if (!messages.length) this.stream.append(el("p", { class: "empty", "data-key": "empty" }, this.emptyWords()));
  }

  emptyWords() {
    return this.place === "direct"
      ? "This app has sent you no direct message yet. When it does, you read it here."
      : "No cases yet. Fill in the form on the patient’s phone, and its card appears here.";
  }

  drawThread() {
    const root = this.thread && this.world.messages[this.channel()]?.find((each) => each.ts === this.thread);
    this.threadPane.hidden = !root;
    this.threadPane.parentElement.classList.toggle("with-thread", Boolean(root));
    if (!root) return;
    const whispers = this.world.whispers[this.user].filter((each) => each.thread_ts === this.thread);
    const replies = [...root.replies, ...whispers].sort((a, b) => (a.ts < b.ts ? -1 : 1));
    this.unread.see(this.user, this.thread, root.replies);
    this.fill(this.threadStream, this.thread + this.user, [root, ...replies], true);
  }

  fill(stream, name, messages, inThread) {
    if (stream.name !== name) {
      stream.replaceChildren();
      stream.stuck = true;
    }
    stream.name = name;
    const shown = messages.map((message) => ({
      ...message, replies: undefined, unread: this.unreadIn(message, inThread), rootText: this.rootText(message.thread_ts),
    }));
    const rows = withDays(shown, this.world.zone, inThread);
    syncList(stream, rows, (row) => row.day ?? row.ts, (row) => (row.day ? drawDay(row, this.world.zone) : drawMessage(row, this, inThread)));
    stream.toEnd();
  }

  unreadIn(message, inThread) {
    return inThread || message.ts === this.thread ? 0 : this.unread.count(this.user, message.ts, message.replies ?? []);
  }

  rootText(ts) {
    return ts && this.world.messages[this.channel()].find((each) => each.ts === ts)?.text;
  }

  rowOf(ts, inThread) {
    return (inThread ? this.threadStream : this.stream).querySelector(`[data-key="${CSS.escape(ts)}"]`);
  }

  // Going somewhere

  become(user) {
    this.user = user;
    this.show(this.world);
    if (this.place === "home") this.home.open();
  }

  go(place) {
    this.place = place;
    this.thread = null;
    this.show(this.world);
    if (place === "home") this.home.open();
  }

  openThread(ts) {
    this.thread = ts;
    this.show(this.world);
    this.threadPane.querySelector("textarea")?.focus({ preventScroll: true });
  }

  closeThread() {
    const row = this.thread;
    this.thread = null;
    this.show(this.world);
    standAt(this.stream, { row, action: "thread", caret: [null, null] }, ".b-actions button");
  }

  // Doing something

  async useShortcut(callback, message) {
    const order = { user: this.user, callback_id: callback, channel: this.channel(), messageTs: message.ts };
    this.heed(await act("shortcut", order));
  }

  // `how` is edit or delete; Slack allows both on one's own messages.
  async changeMessage(how, message, more = {}) {
    this.heed(await act(how, { user: this.user, channel: this.channel(), messageTs: message.ts, ...more }));
  }

  useInMessage(message) {
    const press = async ({ block, element }, answer = {}) => {
      if (!(await confirmed(element.confirm, this.world))) return;
      if (element.url) globalThis.open(element.url, "_blank", "noopener");
      const action = { action_id: element.action_id, value: element.value, ...answer };
      const order = { user: this.user, channel: this.channel(), messageTs: message.ts, block_id: block.block_id, action };
      this.heed(await act("interact", order));
    };
    return {
      world: this.world,
      answer: firstAnswer,
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
    return drawComposer(placeholder, async (typed) => {
      // Whoever is quick types before the page knows the channel.
      if (!this.world) await look();
      this.heed(await this.send(typed, inThread));
    });
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
    this.fading = setTimeout(() => (this.toast.hidden = true), TOAST_MILLISECONDS);
  }
}
