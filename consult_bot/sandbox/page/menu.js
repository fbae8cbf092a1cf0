// A menu that opens from a button: options, a filter to type in, several to tick. It floats above the page, so that
// a redraw below neither closes it nor loses what is typed.
//
// `rows(typed)` gives (or promises) `{ label, value, detail, group, chosen, danger }`s, or `{ told }` where there are
// none. `choose(row)` is called once; in a menu of `many`, `choose(rows)` when it closes with something changed.

import { icon } from "./icons.js";
import { el } from "./dom.js";
import { placeIn, standAt } from "./focus.js";

const GAP_PIXELS = 4;
const LEAST_WIDTH_PIXELS = 190;
let opened = null;
let menus = 0;

export function toggleMenu(button, menu) {
  const again = opened?.button === button;
  opened?.close();
  if (!again) opened = new Menu(button, menu);
}

class Menu {
  constructor(button, { label, rows, choose, filter, many, kind = "listbox" }) {
    Object.assign(this, { button, rows, choose, many, kind, shown: [], at: -1, id: `menu-${++menus}` });
    const root = button.closest(".window, .reading") ?? document.body;
    button.focus({ preventScroll: true });
    this.back = { root, place: placeIn(root) };
    this.list = el("ul", { id: this.id, role: kind, "aria-label": label, "aria-multiselectable": many && "true", tabindex: filter ? -1 : 0 });
    this.filter = filter ? this.drawFilter(label) : null;
    this.box = el("div", { class: "menu" }, this.filter, this.list, many ? el("p", { class: "menu-foot" }, "Escape or a click outside keeps what is ticked.") : null);
    this.keys = this.filter ?? this.list;
    this.box.addEventListener("keydown", (event) => this.key(event));
    document.querySelector("main").append(this.box);
    button.setAttribute("aria-expanded", "true");
    button.setAttribute("aria-controls", this.id);
    this.outside = (event) => this.box.contains(event.target) || this.button.contains(event.target) || this.close(false);
    document.addEventListener("pointerdown", this.outside, true);
    this.away = () => this.close(false);
    for (const event of ["resize", "blur"]) addEventListener(event, this.away);
    this.keys.focus({ preventScroll: true });
    this.fill();
  }

  drawFilter(label) {
    return el("input", {
      class: "typed", type: "text", role: "combobox", "aria-label": `Search: ${label}`, placeholder: "Search", autocomplete: "off",
      "aria-controls": this.id, "aria-expanded": "true", "aria-autocomplete": "list", oninput: () => this.fill(),
    });
  }

  async fill() {
    const asked = (this.asked = this.filter?.value ?? "");
    const rows = await this.rows(asked);
    if (asked !== this.asked || opened !== this) return;
    this.draw(rows);
    this.at = this.shown.findIndex((row) => row.chosen);
    this.stand(this.at >= 0 ? this.at : this.shown.length ? 0 : -1);
    this.lay();
  }

  draw(rows) {
    this.shown = rows.filter((row) => row.told === undefined);
    let group = null;
    const items = rows.flatMap((row) => {
      if (row.told !== undefined) return [el("li", { class: "menu-told", role: "none" }, row.told)];
      const heading = row.group && row.group !== group ? [el("li", { class: "menu-group", role: "none" }, row.group)] : [];
      group = row.group;
      return [...heading, this.item(row, this.shown.indexOf(row))];
    });
    this.list.replaceChildren(...items);
  }

  item(row, index) {
    const ticked = this.many ? this.many.has(row.value) : row.chosen;
    const option = this.kind === "listbox";
    return el("li", {
      id: `${this.id}-${index}`, role: option ? "option" : "menuitem", class: `menu-item${row.danger ? " danger" : ""}`,
      "aria-selected": option ? String(Boolean(ticked)) : null, "data-value": row.value, onclick: () => this.take(row),
    }, el("span", { class: "menu-words" }, row.label, row.detail ? el("small", {}, row.detail) : null), ticked ? icon("check") : null);
  }

  // Below the button where that fits, else above it; never beyond the edge.
  lay() {
    const from = this.button.isConnected ? this.button.getBoundingClientRect() : this.from;
    this.from = from;
    const width = Math.min(Math.max(from.width, LEAST_WIDTH_PIXELS), innerWidth - 2 * GAP_PIXELS);
    Object.assign(this.box.style, { minWidth: `${width}px`, left: "0", top: "0" });
    const { width: wide, height } = this.box.getBoundingClientRect();
    const below = from.bottom + GAP_PIXELS + height <= innerHeight;
    const top = below ? from.bottom + GAP_PIXELS : Math.max(GAP_PIXELS, from.top - GAP_PIXELS - height);
    const left = Math.max(GAP_PIXELS, Math.min(from.left, innerWidth - wide - GAP_PIXELS));
    Object.assign(this.box.style, { left: `${left}px`, top: `${Math.min(top, innerHeight - height - GAP_PIXELS)}px` });
  }

  stand(index) {
    this.list.querySelector(".at")?.classList.remove("at");
    this.at = index;
    const item = index >= 0 ? document.getElementById(`${this.id}-${index}`) : null;
    item?.classList.add("at");
    item?.scrollIntoView({ block: "nearest" });
    if (item) this.keys.setAttribute("aria-activedescendant", item.id);
    else this.keys.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const last = this.shown.length - 1;
    const moves = { ArrowDown: this.at >= last ? 0 : this.at + 1, ArrowUp: this.at <= 0 ? last : this.at - 1 };
    if (!this.filter) Object.assign(moves, { Home: 0, End: last, [event.key]: moves[event.key] ?? this.startingWith(event.key) });
    if (event.key === "Escape" || event.key === "Tab") this.close();
    else if (event.key === "Enter" || (event.key === " " && !this.filter)) this.shown[this.at] && this.take(this.shown[this.at]);
    else if (moves[event.key] !== undefined && last >= 0) this.stand(moves[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  startingWith(letter) {
    const first = this.shown.findIndex((row, index) => index > this.at && row.label.toLowerCase().startsWith(letter.toLowerCase()));
    return first >= 0 ? first : undefined;
  }

  take(row) {
    if (!this.many) {
      this.close();
      this.choose(row);
      return;
    }
    if (this.many.has(row.value)) this.many.delete(row.value);
    else this.many.set(row.value, row);
    this.changed = true;
    const at = this.at;
    this.draw(this.shown);
    this.stand(this.shown.indexOf(row) >= 0 ? this.shown.indexOf(row) : at);
  }

  // The keyboard goes back to the button, or to the one drawn in its place; a click elsewhere keeps its own focus.
  close(giveBack = true) {
    if (opened !== this) return;
    opened = null;
    document.removeEventListener("pointerdown", this.outside, true);
    for (const event of ["resize", "blur"]) removeEventListener(event, this.away);
    this.box.remove();
    this.button.setAttribute("aria-expanded", "false");
    this.button.removeAttribute("aria-controls");
    if (giveBack && this.button.isConnected) this.button.focus({ preventScroll: true });
    else if (giveBack) standAt(this.back.root, this.back.place, "button");
    if (this.many && this.changed) this.choose([...this.many.values()]);
  }
}
