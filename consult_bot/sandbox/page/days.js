// The lines between days, as Slack draws them: above the first message of each day, by the reader's own clock.

import { drawDate, localMinute } from "./dates.js";
import { el } from "./dom.js";

const whenOf = (message) => new Date(Number(message.ts) * 1000);

// The messages with a row `{ day, ts }` before each new day. A thread begins without one: its day stands in the channel.
export function withDays(messages, zone, inThread) {
  let before = inThread && messages.length ? dayOf(messages[0], zone) : null;
  return messages.flatMap((message) => {
    const day = dayOf(message, zone);
    if (day === before) return [message];
    before = day;
    return [{ day, ts: message.ts }, message];
  });
}

// Its words change by themselves: what was today is yesterday by tomorrow.
export function drawDay(row, zone) {
  return el("p", { class: "day" }, drawDate(whenOf(row), "{day_divider_pretty}", zone));
}

const dayOf = (message, zone) => localMinute(whenOf(message), zone).slice(0, 10);
