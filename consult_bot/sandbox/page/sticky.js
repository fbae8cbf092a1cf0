// Keeps a list at its end while it grows, is resized or its pictures arrive, unless somebody scrolled up.

const NEAR_PIXELS = 60;

export function stickToEnd(list) {
  list.stuck = true;
  let height = 0;
  const toEnd = () => {
    height = list.clientHeight;
    if (list.stuck) list.scrollTop = list.scrollHeight;
  };
  list.addEventListener("scroll", () => {
    // Not somebody's doing: the list was resized, and its observer is about to tell.
    if (list.clientHeight !== height) return;
    list.stuck = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PIXELS;
  });
  list.addEventListener("load", toEnd, true);
  new ResizeObserver(toEnd).observe(list);
  list.toEnd = toEnd;
}
