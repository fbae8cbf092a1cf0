// Slack's dates, in the reader's own zone. “Tomorrow” and “2 hours ago” are counted from the sandbox's time, and go
// with it. The tokens are those of Slack's date element and of its mrkdwn:
// docs.slack.dev/reference/block-kit/block-elements/date-element.

import { now } from "./clock.js";
import { el } from "./dom.js";

const DAY_MILLISECONDS = 86_400_000;
const NEAR = { "-1": "yesterday", 0: "today", 1: "tomorrow" };
const ENDINGS = { one: "st", two: "nd", few: "rd", other: "th" };
const ordinal = new Intl.PluralRules("en-US", { type: "ordinal" });
const formatters = new Map();

export function drawDate(when, format, zone) {
  const whole = `${formatDate(when, "{date_long} at {time}", zone)} (${zone})`;
  const shown = { datetime: when.toISOString(), "data-format": format, "data-zone": zone, title: whole };
  return el("time", shown, formatDate(when, format, zone));
}

// What was "tomorrow" may be "today" by now, or once the clock has been moved. In place: nothing loses the focus.
export function refreshDates() {
  for (const node of document.querySelectorAll("time[data-format]")) {
    const words = formatDate(new Date(node.dateTime), node.dataset.format, node.dataset.zone);
    if (node.textContent !== words) node.textContent = words;
  }
}

export function clockTime(when, zone) {
  return formatDate(when, "{time}", zone);
}

function formatDate(when, format, zone) {
  return format.replace(/\{(\w+)\}/g, (whole, token) => TOKENS[token]?.(when, zone) ?? whole);
}

const TOKENS = {
  date_num: (when, zone) => localMinute(when, zone).slice(0, 10),
  date_slash: (when, zone) => parts(when, zone, { month: "2-digit", day: "2-digit", year: "numeric" }),
  date: (when, zone) => longDate(when, zone),
  date_short: (when, zone) => parts(when, zone, { month: "short", day: "numeric", year: "numeric" }),
  date_long: (when, zone) => `${parts(when, zone, { weekday: "long" })}, ${longDate(when, zone)}`,
  date_long_full: (when, zone) => parts(when, zone, { month: "long", day: "numeric", year: "numeric" }),
  date_pretty: (when, zone) => nearDay(when, zone) ?? TOKENS.date(when, zone),
  date_short_pretty: (when, zone) => nearDay(when, zone) ?? TOKENS.date_short(when, zone),
  date_long_pretty: (when, zone) => nearDay(when, zone) ?? TOKENS.date_long(when, zone),
  day_divider_pretty: (when, zone) => nearDay(when, zone) ?? dividerDay(when, zone),
  time: (when, zone) => parts(when, zone, { hour: "numeric", minute: "2-digit" }),
  time_secs: (when, zone) => parts(when, zone, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (when) => ago(when),
};

function parts(when, zone, options) {
  const name = JSON.stringify([zone, options]);
  if (!formatters.has(name)) formatters.set(name, new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options }));
  return formatters.get(name).format(when).replace(/\u202f/g, " ");
}

function monthAndDay(when, zone) {
  const day = Number(parts(when, zone, { day: "numeric" }));
  return `${parts(when, zone, { month: "long" })} ${day}${ENDINGS[ordinal.select(day)]}`;
}

function longDate(when, zone) {
  return `${monthAndDay(when, zone)}, ${parts(when, zone, { year: "numeric" })}`;
}

function dividerDay(when, zone) {
  const year = (date) => parts(date, zone, { year: "numeric" });
  if (year(when) !== year(now())) return TOKENS.date_long(when, zone);
  return `${parts(when, zone, { weekday: "long" })}, ${monthAndDay(when, zone)}`;
}

function nearDay(when, zone) {
  const day = (date) => Date.parse(localMinute(date, zone).slice(0, 10));
  return NEAR[(day(when) - day(now())) / DAY_MILLISECONDS];
}

// `2026-11-24T13:25`, as clocks show it in the zone; what <input type=datetime-local> takes.
export function localMinute(when, zone) {
  const shown = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const [, month, day, year, hour, minute] = /(\d+)\/(\d+)\/(\d+), (\d+):(\d+)/.exec(parts(when, zone, shown));
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

// The moment when clocks of the zone show this minute. Twice: the zone's offset may differ at the first guess.
export function momentOf(minute, zone) {
  const wanted = Date.parse(`${minute}Z`);
  const shift = (guess) => guess + wanted - Date.parse(`${localMinute(new Date(guess), zone)}Z`);
  return new Date(shift(shift(wanted)));
}

function ago(when) {
  const minutes = Math.round((now() - when) / 60_000);
  const far = Math.abs(minutes);
  const span = far < 60 ? counted(far, "minute") : far < 2880 ? counted(Math.round(far / 60), "hour") : counted(Math.round(far / 1440), "day");
  return minutes < 0 ? `in ${span}` : `${span} ago`;
}

function counted(count, unit) {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}
