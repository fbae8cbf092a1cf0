// What a person has not seen yet. Kept simple: everything that was there when the page opened counts as seen.

export class Unread {
  constructor() {
    this.upTo = {};
    this.since = null;
  }

  begin(nowSeconds) {
    this.since ??= nowSeconds.toFixed(6);
  }

  // How many of these messages came from others since this person last looked at this place.
  count(user, place, messages) {
    const seen = this.upTo[`${user} ${place}`] ?? this.since;
    return messages.filter((message) => message.user !== user && Number(message.ts) > Number(seen)).length;
  }

  see(user, place, messages) {
    const newest = messages.at(-1);
    if (newest) this.upTo[`${user} ${place}`] = newest.ts;
  }
}
