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

export function watch(whenChanged) {
  watchers.push(whenChanged);
}

export function look() {
  looking ??= lookOnce().finally(() => (looking = null));
  return looking;
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
