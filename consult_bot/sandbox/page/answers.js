// What a person has filled in and not yet sent, by view: it stays through redraws, and under a view pushed on top.

// What an element of a message starts with: Slack keeps no state there until somebody answers.
export function firstAnswer(element) {
  const initial = Object.entries(element).filter(([name]) => name.startsWith("initial_"));
  return Object.fromEntries(initial.map(([name, value]) => [name === "initial_value" ? "value" : name.replace("initial", "selected"), value]));
}

export class Answers {
  constructor() {
    this.byView = {};
  }

  of(view, block, element) {
    const typed = this.byView[view.id]?.[block.block_id]?.[element.action_id];
    return typed ?? view.state.values[block.block_id]?.[element.action_id];
  }

  keep(view, block, element, answer) {
    ((this.byView[view.id] ??= {})[block.block_id] ??= {})[element.action_id] = { type: element.type, ...answer };
  }

  // As `state.values`, and only what the view still has: a redrawn one may have lost a block.
  filled(view) {
    const there = new Set(view.blocks.map((block) => block.block_id));
    return Object.fromEntries(Object.entries(this.byView[view.id] ?? {}).filter(([block]) => there.has(block)));
  }

  forget(view) {
    delete this.byView[view.id];
  }
}
