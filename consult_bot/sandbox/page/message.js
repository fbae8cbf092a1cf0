// Draws one message as the channel or its thread shows it.

import { drawBlocks } from "./blocks.js";
import { el } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

// The message shortcuts of app_manifest.yml; a test compares.
const SHORTCUTS = [["verb:ask", "Ask the patient"], ["verb:advise", "Send guidance"]];
const HUES = { U0ANA: 268, U0BEN: 205, U0LENA: 24, U0NOOR: 330, U0CONSULT: 168 };

export function avatar(userId, world, size = "") {
  const person = world.people.find((each) => each.id === userId);
  const initials = (person?.real_name ?? "?").replace(/^Dr\. /, "").split(" ").map((part) => part[0]).slice(0, 2).join("");
  const node = el("span", { class: `avatar ${size}`, "aria-hidden": "true" }, person?.is_bot ? "✚" : initials);
  node.style.setProperty("--hue", HUES[userId] ?? 100);
  return node;
}

export function clockTime(ts) {
  return new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
}

export function drawMessage(message, window, inThread) {
  const { world } = window;
  if (message.subtype === "tombstone") {
    return el("article", { class: "message gone" }, el("div", { class: "said" }, message.text, threadLine(message, window, inThread)));
  }
  const person = world.people.find((each) => each.id === message.user);
  const head = el("p", { class: "head" },
    el("strong", {}, person?.real_name ?? message.user),
    person?.is_bot ? el("span", { class: "badge" }, "APP") : null,
    el("time", {}, clockTime(message.ts)));
  const use = window.useInMessage(message);
  const body = message.blocks?.length
    ? el("div", { class: "blocks" }, drawBlocks(message.blocks, use))
    : el("div", { class: "text" }, mrkdwn(message.text, world), message.edited ? el("small", {}, " (edited)") : null);
  return el("article", { class: `message${message.is_ephemeral ? " whisper" : ""}` },
    message.is_ephemeral ? el("p", { class: "only-you" }, "👁 Only visible to you") : null,
    !inThread && message.subtype === "thread_broadcast" ? broadcastLine(message, window) : null,
    avatar(message.user, world),
    el("div", { class: "said" }, head, body, files(message), reactions(message), threadLine(message, window, inThread)),
    message.is_ephemeral ? null : tools(message, window, inThread));
}

function broadcastLine(message, window) {
  return el("p", { class: "only-you" }, "replied to a thread · ",
    el("button", { type: "button", class: "thread-link", onclick: () => window.openThread(message.thread_ts) }, "open"));
}

function threadLine(message, window, inThread) {
  if (inThread || !message.reply_count) return null;
  const faces = message.reply_users.slice(0, 4).map((user) => avatar(user, window.world, "small"));
  const count = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  return el("button", { type: "button", class: "thread-line", "data-action": "thread", onclick: () => window.openThread(message.ts) },
    el("span", { class: "faces" }, faces), el("span", { class: "thread-link" }, count),
    el("span", { class: "thread-when" }, `last at ${clockTime(message.latest_reply)}`));
}

function tools(message, window, inThread) {
  const reply = inThread ? null : el("button", {
    type: "button", title: "Reply in thread", "data-action": "reply", "aria-label": "Reply in thread",
    onclick: () => window.openThread(message.thread_ts ?? message.ts),
  }, "💬");
  const menu = el("select", { title: "More", "data-action": "shortcuts", "aria-label": "Message shortcuts" },
    el("option", { value: "" }, "⋯"),
    SHORTCUTS.map(([callback, label]) => el("option", { value: callback }, label)));
  menu.addEventListener("change", () => {
    if (menu.value) window.useShortcut(menu.value, message);
    menu.value = "";
  });
  return el("div", { class: "tools" }, reply, menu);
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return el("p", { class: "reactions" }, message.reactions.map((each) => el("span", {}, mrkdwn(`:${each.name}:`, {}), ` ${each.count}`)));
}

function files(message) {
  if (!message.files?.length) return null;
  return el("div", { class: "files" }, message.files.map(file));
}

function file(each) {
  const address = `/page/files/${encodeURIComponent(each.id)}`;
  const name = each.title || each.name;
  if (each.mimetype.startsWith("image/")) {
    return el("a", { class: "photo", href: address, target: "_blank", rel: "noopener", title: name },
      el("img", { src: address, alt: each.alt_txt || name, loading: "lazy" }));
  }
  const sound = each.mimetype.startsWith("audio/") || each.mimetype.startsWith("video/");
  const player = sound ? el(each.mimetype.slice(0, 5), { src: address, controls: true, preload: "none" }) : null;
  return el("div", { class: "file" }, player, el("a", { href: address, target: "_blank", rel: "noopener" }, `📄 ${name}`));
}
