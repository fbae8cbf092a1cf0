// Draws Slack's mrkdwn as nodes: bold, italic, strike, code, quotes, links, mentions, channels, dates.

import { drawDate } from "./dates.js";
import { el, safeAddress } from "./dom.js";

const INLINE = new RegExp(
  [
    "`([^`\\n]+)`",
    "<([^<>\\n]+)>",
    "(?<![\\w*])\\*(?=\\S)([^*\\n]*[^*\\s])\\*(?![\\w*])",
    "(?<![\\w_])_(?=\\S)([^_\\n]*[^_\\s])_(?![\\w_])",
    "(?<![\\w~])~(?=\\S)([^~\\n]*[^~\\s])~(?![\\w~])",
    "(?<!\\w):([a-z0-9_+-]+):(?!\\w)",
  ].join("|"),
  "g",
);

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", warning: "⚠️", rotating_light: "🚨", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", telephone_receiver: "📞", phone: "☎️", email: "📧", envelope: "✉️", eyes: "👀",
  memo: "📝", speech_balloon: "💬", lock: "🔒", camera: "📷", paperclip: "📎", red_circle: "🔴", bell: "🔔",
  large_green_circle: "🟢", large_yellow_circle: "🟡", wave: "👋", thumbsup: "👍", "+1": "👍", tada: "🎉",
  exclamation: "❗", question: "❓", x: "❌", arrow_right: "➡️", calendar: "📅", house: "🏠", hospital: "🏥",
};

export function unescaped(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

export function emoji(name) {
  return EMOJI[name] ?? `:${name}:`;
}

export function mrkdwn(text, world) {
  const fragment = document.createDocumentFragment();
  for (const [index, part] of text.split("```").entries()) {
    if (index % 2) fragment.append(el("pre", { class: "code" }, unescaped(part.replace(/^\n|\n$/g, ""))));
    else fragment.append(...lines(part, world));
  }
  return fragment;
}

function lines(text, world) {
  const nodes = [];
  let quote = null;
  for (const [index, line] of text.split("\n").entries()) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(el("br"));
      else nodes.push((quote = el("blockquote")));
      quote.append(...inline(quoted[1], world));
      continue;
    }
    if (index && !quote) nodes.push(el("br"));
    quote = null;
    nodes.push(...inline(line, world));
  }
  return nodes;
}

function inline(text, world) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, entity, bold, italic, strike, name] = match;
    if (match.index > end) nodes.push(unescaped(text.slice(end, match.index)));
    if (code !== undefined) nodes.push(el("code", {}, unescaped(code)));
    else if (entity !== undefined) nodes.push(drawEntity(entity, whole, world));
    else if (bold !== undefined) nodes.push(el("strong", {}, inline(bold, world)));
    else if (italic !== undefined) nodes.push(el("em", {}, inline(italic, world)));
    else if (strike !== undefined) nodes.push(el("s", {}, inline(strike, world)));
    else nodes.push(emoji(name));
    end = match.index + whole.length;
  }
  if (end < text.length) nodes.push(unescaped(text.slice(end)));
  return nodes;
}

function drawEntity(entity, whole, world) {
  const [target, label] = entity.split("|");
  if (target.startsWith("@")) return mention(target.slice(1), world);
  if (target.startsWith("#")) return channel(target.slice(1), world);
  if (target.startsWith("!date^")) return date(target, label, world);
  if (target.startsWith("!subteam^")) return group(target.slice(9), label);
  if (target.startsWith("!")) return loud(target.slice(1));
  return link(unescaped(target), unescaped(label ?? target)) ?? unescaped(whole);
}

export function mention(userId, world) {
  const person = world.people.find((each) => each.id === userId);
  const me = userId === world.me ? " me-too" : "";
  return el("span", { class: `mention${me}` }, `@${person ? person.real_name : userId}`);
}

export function channel(channelId, world) {
  const found = world.channels.find((each) => each.id === channelId);
  return el("span", { class: "mention" }, `#${found ? found.name : channelId}`);
}

export function group(groupId, label) {
  return el("span", { class: "mention" }, label ?? `@${groupId}`);
}

export function loud(range) {
  return el("span", { class: "mention loud" }, `@${range}`);
}

export function link(address, label) {
  const safe = safeAddress(address);
  return safe && el("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }, label);
}

function date(target, fallback, world) {
  const [, seconds, format, address] = target.split("^");
  const when = new Date(Number(seconds) * 1000);
  if (Number.isNaN(when.getTime())) return unescaped(fallback ?? target);
  const shown = drawDate(when, unescaped(format ?? ""), world.zone);
  return address ? (link(address, shown) ?? shown) : shown;
}
