// Where the keyboard stands, so that it stands there again after a redraw.

const REACHABLE = "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary";

export function reachable(root) {
  return [...root.querySelectorAll(REACHABLE)].filter((node) => node.getClientRects().length);
}

// The focused place within `root`, or null: which row of a list, which element of it, which choice of that.
export function placeIn(root) {
  const node = document.activeElement;
  if (!root.contains(node)) return null;
  return {
    node,
    row: node.closest("[data-key]")?.dataset.key,
    action: node.closest("[data-action]")?.dataset.action,
    value: node.matches("[type=radio], [type=checkbox]") ? node.value : undefined,
    caret: node.matches("textarea, input") ? [node.selectionStart, node.selectionEnd] : [null, null],
  };
}

// Focuses that place again, or else the first of `otherwise`, or else the first thing the keyboard reaches.
export function standAt(root, place, otherwise) {
  if (!place) return;
  const row = place.row === undefined ? null : root.querySelector(`[data-key="${CSS.escape(place.row)}"]`);
  const within = row ?? root;
  const node = sameElement(within, place) ?? within.querySelector(otherwise) ?? reachable(within)[0];
  node?.focus({ preventScroll: true });
  if (node?.matches("textarea, input") && place.caret[0] !== null && node.selectionStart !== null) {
    node.setSelectionRange(...place.caret);
  }
}

function sameElement(root, { action, value }) {
  const drawn = action === undefined ? null : root.querySelector(`[data-action="${CSS.escape(action)}"]`);
  if (!drawn) return null;
  if (drawn.matches(REACHABLE)) return drawn;
  const inside = reachable(drawn);
  return inside.find((node) => value !== undefined && node.value === value) ?? inside[0];
}

export function keepFocus(root, redraw, otherwise = "button") {
  const place = placeIn(root);
  redraw();
  standAt(root, place, otherwise);
}

// Tab goes round inside `root`.
export function goRound(root, event) {
  const nodes = reachable(root);
  const last = event.shiftKey ? nodes[0] : nodes.at(-1);
  const outside = !nodes.includes(document.activeElement);
  if (document.activeElement !== last && !(outside && event.shiftKey)) return;
  event.preventDefault();
  (event.shiftKey ? nodes.at(-1) : nodes[0])?.focus();
}
