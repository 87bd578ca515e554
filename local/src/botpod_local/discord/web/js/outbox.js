// What was written but not yet confirmed: shown at once, marked while it is under way, and kept where it failed.

let count = 0;

export class Outbox {
  constructor(app) {
    this.app = app;
    this.waiting = new Map();
    this.outcomes = new Map();
    app.on("interaction", (data) => this.settled(data));
    app.on("messages", ({ message, mine }) => mine && this.arrived(message));
  }

  in(channelId) {
    return [...this.waiting.values()].filter((message) => message.channel_id === channelId);
  }

  clear() {
    this.waiting.clear();
  }

  /** Write `content`; what can't be sent stays visible with its reason. */
  send({ channelId, content, replyTo, files }) {
    const { store } = this.app;
    count += 1;
    const message = {
      id: `pending-${count}`,
      channel_id: channelId,
      author: store.user(store.me),
      content,
      timestamp: new Date().toISOString(),
      flags: 0,
      type: replyTo ? 19 : 0,
      message_reference: replyTo ? { message_id: replyTo.id } : undefined,
      referenced_message: replyTo ?? undefined,
      attachments: [],
      pending: "sending",
      files,
      replyTo,
    };
    this.waiting.set(message.id, message);
    return this.dispatch(message);
  }

  /** Use a command; it stands in the conversation until the bot answers. */
  use({ channelId, command, options }) {
    const { store } = this.app;
    count += 1;
    const message = {
      id: `pending-${count}`,
      channel_id: channelId,
      author: command.bot.user,
      content: "",
      timestamp: new Date().toISOString(),
      flags: 0,
      type: 20,
      interaction_metadata: { type: 2, name: command.name, user: store.user(store.me) },
      pending: "sending",
      command,
      options,
    };
    this.waiting.set(message.id, message);
    return this.dispatch(message);
  }

  async call(message) {
    const { app } = this;
    this.change(message, { pending: "sending", problem: undefined });
    try {
      const begun = await app.api.command(message.channel_id, message.command.bot.application_id, message.command.name, message.options);
      message.interaction = begun.id;
      const early = this.outcomes.get(begun.id);
      if (early) this.settled({ id: begun.id, outcome: early });
    } catch (error) {
      this.change(message, { pending: "failed", problem: error.message });
    }
  }

  /** A bot answered a command, or didn't. */
  settled({ id, outcome }) {
    const message = [...this.waiting.values()].find((each) => each.interaction === id);
    if (!message) {
      this.outcomes.set(id, outcome);
      if (this.outcomes.size > 100) this.outcomes.delete(this.outcomes.keys().next().value);
    } else if (outcome === "answered") this.discard(message);
    else this.change(message, { pending: "failed", problem: "the application did not respond." });
  }

  async dispatch(message) {
    const { app } = this;
    if (message.command) return this.call(message);
    this.change(message, { pending: "sending", problem: undefined });
    try {
      await app.api.send(message.channel_id, { content: message.content, replyTo: message.replyTo?.id, files: message.files });
      this.waiting.delete(message.id);
      app.store.tell("pending");
    } catch (error) {
      this.change(message, { pending: "failed", problem: error.message });
      app.announce(`Not sent: ${error.message}`);
    }
    return undefined;
  }

  /** The feed may tell of one's message before the call that made it returns. */
  arrived(message) {
    const same = this.in(message.channel_id).find((each) => each.pending === "sending" && !each.command && each.content.trim() === message.content);
    if (!same) return;
    this.waiting.delete(same.id);
    this.app.store.tell("pending");
  }

  resend(message) {
    const same = this.waiting.get(message.id);
    if (same) this.dispatch(same);
  }

  discard(message) {
    this.waiting.delete(message.id);
    this.app.store.tell("pending");
  }

  change(message, difference) {
    if (!this.waiting.has(message.id)) return;
    Object.assign(message, difference);
    this.app.store.tell("pending");
  }
}
