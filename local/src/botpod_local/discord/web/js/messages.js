// The conversation: a list that follows its newest message unless one has scrolled away.

import { fill, h, icon } from "./dom.js";
import { MessageView } from "./message.js";
import { byId, DM } from "./store.js";
import { dayName } from "./time.js";

const NEAR = 80; // pixels from the end that still count as being there
const TOGETHER = 7 * 60_000; // within so long, one author's messages share a head
const PAGE = 50;

export class Messages {
  constructor(app) {
    this.app = app;
    this.scroller = document.getElementById("scroller");
    this.log = document.getElementById("log");
    this.jump = document.getElementById("jump");
    this.views = new Map();
    this.following = true;
    this.missed = 0;
    this.newAfter = null;
    app.on("messages", ({ channelId, message, mine }) => channelId === app.channelId && this.changed(message, mine));
    app.on("pending", () => this.draw());
    app.on("places", () => this.draw());
    app.on("channel", () => this.begin());
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    // Images and edits change heights after the fact; whoever follows stays at the end.
    new ResizeObserver(() => this.following && this.toEnd()).observe(this.log);
    new ResizeObserver(() => this.following && this.toEnd()).observe(this.scroller);
    document.addEventListener("visibilitychange", () => this.seen());
    addEventListener("focus", () => this.seen());
  }

  async begin() {
    const { channelId, store } = this.app;
    const again = channelId === this.begun; // the same place after a reconnection
    this.begun = channelId;
    this.views.clear();
    fill(this.log);
    this.following = true;
    this.missed = 0;
    if (!again) this.newAfter = store.unread.of(channelId).messages > 0 ? store.unread.lastRead(channelId) : null;
    this.draw();
    if (!channelId) return;
    await this.load();
    if (this.app.channelId === channelId) this.toEnd();
  }

  /** Fetch what lies before the oldest message that is known. */
  async load() {
    const { app } = this;
    const { channelId, store } = app;
    if (!channelId || store.complete.has(channelId) || this.loading === channelId) return;
    this.loading = channelId;
    const [oldest] = store.messagesIn(channelId);
    const before = store.loaded.has(channelId) ? oldest?.id : undefined;
    try {
      const found = await app.api.history(channelId, { before, limit: PAGE });
      store.loaded.add(channelId);
      const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
      store.addHistory(channelId, found, found.length < PAGE);
      if (!this.following) this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
    } catch (error) {
      app.announce(`The messages could not be loaded: ${error.message}`);
    } finally {
      this.loading = null;
    }
  }

  changed(message, mine) {
    const end = this.following;
    this.draw();
    if (mine || end) this.toEnd();
    else if (message) {
      this.missed += 1;
      this.drawJump();
    }
    this.seen();
  }

  draw() {
    const { app } = this;
    const { channelId, store } = app;
    const channel = app.channel();
    const messages = channel ? [...store.messagesIn(channelId), ...app.pendingIn(channelId)] : [];
    const rows = [];
    if (channel && store.complete.has(channelId)) rows.push(this.beginning(channel, messages.length === 0));
    if (!channel) rows.push(this.nowhere());
    const present = new Set();
    let before = null;
    let marked = false;
    for (const message of messages) {
      const date = new Date(message.timestamp);
      if (!before || dayName(new Date(before.timestamp)) !== dayName(date)) rows.push(h("li", { class: "day", role: "presentation" }, h("span", {}, dayName(date))));
      const isNew = !marked && this.newAfter !== null && !message.pending && byId(message.id, this.newAfter) > 0 && message.author.id !== store.me;
      if (isNew) {
        marked = true;
        rows.push(h("li", { class: "new-mark", role: "presentation" }, h("span", {}, "New")));
      }
      const head = isNew || rows.at(-1).className === "day" || !together(before, message);
      rows.push(this.view(message, head).element);
      present.add(message.id);
      before = message;
    }
    for (const id of this.views.keys()) if (!present.has(id)) this.views.delete(id);
    arrange(this.log, rows);
  }

  view(message, head) {
    let view = this.views.get(message.id);
    if (!view) {
      view = new MessageView(this.app, message.id);
      this.views.set(message.id, view);
    }
    view.show(message, head);
    return view;
  }

  beginning(channel, empty) {
    const { store } = this.app;
    const name = store.channelName(channel);
    const direct = channel.type === DM;
    const partner = direct ? store.partner(channel) : null;
    const hint = direct
      ? `This is the beginning of your conversation with ${name}.${empty && partner?.bot ? " Say hello, or type / for its commands." : ""}`
      : `This is the beginning of #${name}.${empty ? " Mention a bot with @, or type / for its commands." : ""}`;
    return h("li", { class: "beginning", role: "presentation" }, h("span", { class: "big-hash", "aria-hidden": "true" }, direct ? "@" : "#"), h("h3", {}, direct ? name : `#${name}`), h("p", {}, hint));
  }

  nowhere() {
    const text = this.app.store.me ? "Choose a channel or a conversation from the list." : "Waiting for the stand-in …";
    return h("li", { class: "beginning", role: "presentation" }, h("p", {}, text));
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.following = scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.following) {
      this.missed = 0;
      this.seen();
    }
    this.drawJump();
    if (scrollTop < 200) this.load();
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.following = true;
    this.missed = 0;
    this.drawJump();
    this.seen();
  }

  drawJump() {
    const text = this.missed === 0 ? "Newest messages" : this.missed === 1 ? "1 new message" : `${this.missed} new messages`;
    fill(this.jump, this.following ? null : h("button", { type: "button", onClick: () => this.toEnd() }, icon("down"), text));
  }

  /** Note what has been read: only while somebody can be looking at it. */
  seen() {
    const { store, channelId } = this.app;
    if (!channelId || !this.following || document.visibilityState !== "visible" || !document.hasFocus()) return;
    const last = store.messagesIn(channelId).at(-1);
    if (!last || byId(last.id, store.unread.lastRead(channelId)) <= 0) return;
    store.unread.see(channelId, last.id);
    store.tell("unread");
  }

  scrollTo(messageId) {
    const view = this.views.get(messageId);
    if (!view) return this.app.announce("That message is not loaded; scroll up for older ones.");
    view.element.scrollIntoView({ block: "center" });
    view.element.classList.remove("flash");
    requestAnimationFrame(() => view.element.classList.add("flash"));
    return view.element.focus({ preventScroll: true });
  }
}

function together(before, message) {
  return (
    before &&
    before.author.id === message.author.id &&
    (before.flags & 64) === (message.flags & 64) &&
    !message.message_reference &&
    !message.interaction_metadata &&
    new Date(message.timestamp) - new Date(before.timestamp) < TOGETHER
  );
}

/** Bring a list's children into this order, moving as few as possible, so that focus and hover stay. */
function arrange(list, rows) {
  const wanted = new Set(rows);
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  rows.forEach((row, n) => {
    if (list.children[n] !== row) list.insertBefore(row, list.children[n] ?? null);
  });
}
