// Using commands, buttons and menus: what is under way, what failed, and forms that a bot opens.

import { modal } from "./modal.js";

export class Interactions {
  constructor(app) {
    this.app = app;
    this.waiting = new Map(); // the interaction's id → {messageId, customId, failed}
    app.on("interaction", (data) => this.settled(data));
    app.on("modal", (data) => modal(app, data));
    app.on("ready", () => this.waiting.clear());
  }

  /** What goes on with a message's components, or undefined. */
  on(messageId) {
    return [...this.waiting.values()].findLast((each) => each.messageId === messageId);
  }

  click(message, component) {
    return this.begin(message, component, this.app.api.click(message.channel_id, message.id, component.custom_id));
  }

  select(message, component, values) {
    return this.begin(message, component, this.app.api.select(message.channel_id, message.id, component.custom_id, values));
  }

  async begin(message, component, call) {
    this.forget(message.id);
    const mark = { messageId: message.id, customId: component.custom_id, failed: false };
    const early = `starting-${message.id}`;
    this.waiting.set(early, mark);
    this.redraw();
    const begun = await this.app.attempt(call);
    this.waiting.delete(early);
    // Its answer may already have come over the feed.
    const outcome = begun && this.early?.get(begun.id);
    if (begun && outcome !== "answered") this.waiting.set(begun.id, { ...mark, failed: outcome === "failed" });
    this.early?.delete(begun?.id);
    this.redraw();
  }

  settled({ id, type, outcome }) {
    const mark = this.waiting.get(id);
    if (!mark) {
      this.early ??= new Map();
      this.early.set(id, outcome);
      if (this.early.size > 100) this.early.delete(this.early.keys().next().value);
    } else if (outcome === "answered") this.waiting.delete(id);
    else mark.failed = true;
    if (outcome === "failed" && type === 5) this.app.announce("The application did not respond.", { problem: true });
    this.redraw();
  }

  forget(messageId) {
    for (const [id, mark] of this.waiting) if (mark.messageId === messageId) this.waiting.delete(id);
  }

  redraw() {
    this.app.store.tell("pending");
  }
}
