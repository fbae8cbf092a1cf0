// Draws one message as the channel or its thread shows it.

import { drawBlocks } from "./blocks.js";
import { clockTime } from "./dates.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { drawTools } from "./message_menu.js";
import { mrkdwn } from "./mrkdwn.js";

const HUES = { U0ANA: 268, U0BEN: 205, U0LENA: 24, U0NOOR: 330, U0CONSULT: 168 };
const FACES = 4;
const ROOT_CHARACTERS = 60;

export function avatar(userId, world, size = "") {
  const person = world.people.find((each) => each.id === userId);
  const initials = (person?.real_name ?? "?").replace(/^Dr\. /, "").split(" ").map((part) => part[0]).slice(0, 2).join("");
  const node = el("span", { class: `avatar ${size}`, "aria-hidden": "true" }, person?.is_bot ? "✚" : initials);
  node.style.setProperty("--hue", HUES[userId] ?? 100);
  return node;
}

const timeOf = (ts, world) => clockTime(new Date(Number(ts) * 1000), world.zone);

export function drawMessage(message, window, inThread) {
  const { world } = window;
  if (message.subtype === "tombstone") {
    return el("article", { class: "message gone" }, el("div", { class: "said" }, message.text, threadLine(message, window, inThread)));
  }
  const person = world.people.find((each) => each.id === message.user);
  const head = el("p", { class: "head" },
    el("strong", {}, person?.real_name ?? message.user),
    person?.is_bot ? el("span", { class: "badge" }, "APP") : null,
    el("time", {}, timeOf(message.ts, world)));
  const body = message.blocks?.length
    ? el("div", { class: "blocks" }, drawBlocks(message.blocks, window.useInMessage(message)))
    : el("div", { class: "text" }, mrkdwn(message.text, world), message.edited ? el("small", {}, " (edited)") : null);
  return el("article", { class: `message${message.is_ephemeral ? " whisper" : ""}` },
    message.is_ephemeral ? el("p", { class: "only-you" }, icon("eye"), "Only visible to you") : null,
    message.subtype === "thread_broadcast" ? broadcastLine(message, window, inThread) : null,
    avatar(message.user, world),
    el("div", { class: "said" }, head, body, files(message), reactions(message), threadLine(message, window, inThread)),
    message.is_ephemeral ? null : drawTools(message, window, inThread));
}

// In the channel the way into the thread, named by how it begins; in the thread where else the reply is to be seen.
function broadcastLine(message, window, inThread) {
  if (inThread) return el("p", { class: "only-you" }, icon("broadcast"), "Also sent to the channel");
  const root = message.rootText ?? message.root?.text;
  return el("p", { class: "only-you" }, icon("broadcast"), "replied to a thread: ",
    el("button", { type: "button", class: "thread-link", "data-action": "broadcast", onclick: () => window.openThread(message.thread_ts) },
      root ? root.slice(0, ROOT_CHARACTERS) : "open"));
}

function threadLine(message, window, inThread) {
  if (inThread || !message.reply_count) return null;
  const faces = message.reply_users.slice(0, FACES).map((user) => avatar(user, window.world, "small"));
  const count = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  return el("button", { type: "button", class: "thread-line", "data-action": "thread", onclick: () => window.openThread(message.ts) },
    el("span", { class: "faces" }, faces), el("span", { class: "thread-link" }, count),
    message.unread ? el("span", { class: "unread" }, `${message.unread} new`) : null,
    el("span", { class: "thread-when" }, `last at ${timeOf(message.latest_reply, window.world)}`));
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
  return el("div", { class: "file" }, player, el("a", { href: address, target: "_blank", rel: "noopener" }, icon("file"), name));
}
