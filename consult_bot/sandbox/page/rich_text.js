// Draws `rich_text` blocks, whose text is plain: nothing in it is markup.

import { drawDate } from "./dates.js";
import { el } from "./dom.js";
import { channel, emoji, group, link, loud, mention } from "./mrkdwn.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

export function richText(block, world) {
  return el("div", { class: "rich" }, lists(block.elements.map((part) => [part, drawPart(part, world)])));
}

function drawPart(part, world) {
  if (part.type === "rich_text_list") return drawList(part, world);
  if (part.type === "rich_text_quote") return el("blockquote", {}, run(part, world));
  if (part.type === "rich_text_preformatted") return el("pre", { class: "code" }, run(part, world));
  return el("div", { class: "rich-section" }, run(part, world));
}

function drawList(part, world) {
  const ordered = part.style === "ordered";
  return el(ordered ? "ol" : "ul", { start: ordered && part.offset ? part.offset + 1 : null },
    part.elements.map((item) => el("li", {}, run(item, world))));
}

// Slack sends a nested list as a further list with a larger indent: it belongs into the item above it.
function lists(drawn) {
  const nodes = [];
  let above = [];
  for (const [part, node] of drawn) {
    const depth = part.type === "rich_text_list" ? (part.indent ?? 0) : -1;
    above = above.filter((list) => list.depth < depth);
    const parent = above.at(-1)?.node.lastElementChild;
    if (parent) parent.append(node);
    else nodes.push(node);
    if (depth >= 0) above.push({ depth, node });
  }
  return nodes;
}

function run(part, world) {
  return (part.elements ?? []).map((piece) => styled(piece, drawPiece(piece, world)));
}

function drawPiece(piece, world) {
  if (piece.type === "user") return mention(piece.user_id, world);
  if (piece.type === "channel") return channel(piece.channel_id, world);
  if (piece.type === "usergroup") return group(piece.usergroup_id);
  if (piece.type === "broadcast") return loud(piece.range);
  if (piece.type === "emoji") return piece.unicode ? fromUnicode(piece.unicode) : emoji(piece.name);
  if (piece.type === "date") return date(piece, world);
  if (piece.type === "color") return color(piece.value);
  if (piece.type === "link") return link(piece.url, piece.text ?? piece.url) ?? piece.text ?? piece.url;
  return piece.text ?? "";
}

function styled(piece, node) {
  const styles = Object.keys(STYLES).filter((style) => piece.style?.[style]);
  return styles.reduce((inner, style) => el(STYLES[style], {}, inner), node);
}

function date(piece, world) {
  const when = new Date(piece.timestamp * 1000);
  if (Number.isNaN(when.getTime())) return piece.fallback ?? "";
  const shown = drawDate(when, piece.format, world.zone);
  return piece.url ? (link(piece.url, shown) ?? shown) : shown;
}

function color(value) {
  const swatch = el("span", { class: "swatch" });
  swatch.style.backgroundColor = value;
  return el("span", {}, swatch, value);
}

function fromUnicode(points) {
  return String.fromCodePoint(...points.split("-").map((point) => parseInt(point, 16)));
}
