// Slack's dates: “tomorrow” and “2 hours ago” are counted from the sandbox's time, and go with it.

import { now } from "./clock.js";
import { el } from "./dom.js";

const SHAPES = { date: ["long", "numeric"], date_short: ["short", "numeric"], date_long: ["long", "numeric", "long"] };
const NEAR = { "-1": "yesterday", 0: "today", 1: "tomorrow" };

export function drawDate(when, format) {
  return el("time", { datetime: when.toISOString(), "data-format": format }, formatDate(when, format));
}

// What was "tomorrow" may be "today" by now, or once the clock has been moved. In place: nothing loses the focus.
export function refreshDates() {
  for (const node of document.querySelectorAll("time[data-format]")) {
    const words = formatDate(new Date(node.dateTime), node.dataset.format);
    if (node.textContent !== words) node.textContent = words;
  }
}

function formatDate(when, format) {
  const day = (options) => when.toLocaleDateString("en-US", options);
  return format.replace(/\{(\w+)\}/g, (whole, token) => {
    if (token === "time") return when.toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" });
    if (token === "time_secs") return when.toLocaleTimeString("en-US");
    if (token === "date_num") return when.toISOString().slice(0, 10);
    if (token === "ago") return ago(when);
    const pretty = token.endsWith("_pretty");
    const near = pretty && nearDay(when);
    const shape = SHAPES[token.replace(/_pretty$/, "")];
    if (near) return near;
    if (!shape) return whole;
    return day({ month: shape[0], day: shape[1], year: "numeric", ...(shape[2] ? { weekday: shape[2] } : {}) });
  });
}

function nearDay(when) {
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return NEAR[Math.round((midnight(when) - midnight(now())) / 86_400_000)];
}

function ago(when) {
  const minutes = Math.round((now() - when) / 60_000);
  const far = Math.abs(minutes);
  const span = far < 60 ? counted(far, "minute") : counted(Math.round(far / 60), "hour");
  return minutes < 0 ? `in ${span}` : `${span} ago`;
}

function counted(count, unit) {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}
