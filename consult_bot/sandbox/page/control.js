// Talks to the sandbox: plays people through /_control/, and watches the world.

export async function act(name, order) {
  const answer = await fetch(`/_control/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(order),
  });
  const told = await answer.json();
  await look();
  return told;
}

const watchers = [];
let version = "";
let looking = null;
let again = false;

export function watch(whenChanged) {
  watchers.push(whenChanged);
}

// Resolves once the page shows the world as it is by now: a look already under way may have come too early.
export function look() {
  again = Boolean(looking);
  looking ??= lookUntilCurrent().finally(() => (looking = null));
  return looking;
}

async function lookUntilCurrent() {
  do {
    again = false;
    await lookOnce();
  } while (again);
}

async function lookOnce() {
  const answer = await fetch(`/page/world?since=${encodeURIComponent(version)}`);
  if (answer.status !== 200) return;
  const world = await answer.json();
  version = world.version;
  for (const watcher of watchers) watcher(world);
}

export async function keepLooking(everyMilliseconds, whenAway) {
  for (;;) {
    try {
      if (!document.hidden) await look();
      whenAway(false);
    } catch {
      whenAway(true);
    }
    await new Promise((resume) => setTimeout(resume, everyMilliseconds));
  }
}
