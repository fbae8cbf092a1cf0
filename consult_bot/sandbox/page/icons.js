// Small drawn signs: no font of the reader's machine has to hold them.

const PATHS = {
  reply: "M4 5h16v11H9l-5 4z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  send: "M4 4l17 8-17 8 3-8zM7 12h8",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 100 6 3 3 0 000-6z",
  down: "M6 9l6 6 6-6",
  forward: "M4 12h15M13 6l6 6-6 6",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  picture: "M3 5h18v14H3zM3 16l5-5 4 4 3-3 6 5M15 9h.01",
  check: "M5 12l5 5L19 7",
  home: "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
  out: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  sun: "M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5",
  moon: "M20 14A8 8 0 0110 4a8 8 0 1010 10z",
  bulb: "M9 18h6M10 21h4M12 3a6 6 0 00-4 10.5c.8.8 1 1.5 1 2.5h6c0-1 .2-1.7 1-2.5A6 6 0 0012 3z",
  broadcast: "M3 10v4h4l6 5V5l-6 5zM17 9a4 4 0 010 6M19.5 6.5a8 8 0 010 11",
};

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const drawn = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  for (const [key, value] of Object.entries({ class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" })) drawn.setAttribute(key, value);
  path.setAttribute("d", PATHS[name]);
  drawn.append(path);
  return drawn;
}
