// How many Slack windows stand side by side: as many as fit, unless somebody chose fewer. The choice is remembered.

const KEPT_AS = "slack-windows";
// A window narrower than 340 pixels beside the phone would be hard to read.
const THREE_FIT = matchMedia("(min-width: 1420px)");
const TWO_FIT = matchMedia("(min-width: 1062px)");

export function chooseWindows(stage, group) {
  const arrange = () => {
    const fitting = THREE_FIT.matches ? 3 : TWO_FIT.matches ? 2 : 1;
    const shown = Math.min(fitting, Number(localStorage.getItem(KEPT_AS)) || fitting);
    stage.dataset.windows = shown;
    group.hidden = fitting === 1;
    for (const button of group.querySelectorAll("button")) {
      const count = Number(button.dataset.count);
      button.hidden = count > fitting;
      button.setAttribute("aria-pressed", String(count === shown));
    }
  };
  group.addEventListener("click", (event) => {
    const count = event.target.closest("button")?.dataset.count;
    if (!count) return;
    localStorage.setItem(KEPT_AS, count);
    arrange();
  });
  for (const width of [TWO_FIT, THREE_FIT]) width.addEventListener("change", arrange);
  arrange();
}
