// Draws `rich_text` blocks, whose text is plain: nothing in it is markup.

import { drawDate } from "./dates.js";
import { el } from "./dom.js";
import { channel, emoji, link, mention } from "./mrkdwn.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code" };

export function richText(block, world) {
  return el("div", { class: "rich" }, block.elements.map((part) => drawPart(part, world)));
}

function drawPart(part, world) {
  if (part.type === "rich_text_list") {
    const tag = part.style === "ordered" ? "ol" : "ul";
    return el(tag, { class: `indent-${part.indent ?? 0}` }, part.elements.map((item) => el("li", {}, run(item, world))));
  }
  if (part.type === "rich_text_quote") return el("blockquote", {}, run(part, world));
  if (part.type === "rich_text_preformatted") return el("pre", { class: "code" }, run(part, world));
  return el("div", { class: "rich-section" }, run(part, world));
}

function run(part, world) {
  return (part.elements ?? []).map((piece) => drawPiece(piece, world));
}

function drawPiece(piece, world) {
  if (piece.type === "user") return mention(piece.user_id, world);
  if (piece.type === "channel") return channel(piece.channel_id, world);
  if (piece.type === "usergroup") return el("span", { class: "mention" }, `@${piece.usergroup_id}`);
  if (piece.type === "broadcast") return el("span", { class: "mention loud" }, `@${piece.range}`);
  if (piece.type === "emoji") return emoji(piece.name);
  if (piece.type === "date") return drawDate(new Date(piece.timestamp * 1000), piece.format);
  if (piece.type === "link") return link(piece.url, piece.text ?? piece.url) ?? piece.text ?? piece.url;
  const styles = Object.keys(STYLES).filter((style) => piece.style?.[style]);
  return styles.reduce((inner, style) => el(STYLES[style], {}, inner), piece.text ?? "");
}
