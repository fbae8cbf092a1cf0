// The sandbox's time: this computer's, moved forward as far as the workspace's clock was.

let offsetMilliseconds = 0;

export function moveClock(offsetSeconds) {
  offsetMilliseconds = offsetSeconds * 1000;
}

export function now() {
  return new Date(Date.now() + offsetMilliseconds);
}
