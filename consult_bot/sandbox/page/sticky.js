// Keeps a list at its end while it grows, is resized or its pictures arrive, unless somebody scrolled up.

const NEAR_PIXELS = 60;

export function stickToEnd(list) {
  list.stuck = true;
  const toEnd = () => {
    if (list.stuck) list.scrollTop = list.scrollHeight;
  };
  list.addEventListener("scroll", () => {
    list.stuck = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PIXELS;
  });
  list.addEventListener("load", toEnd, true);
  new ResizeObserver(toEnd).observe(list);
  list.toEnd = toEnd;
}
