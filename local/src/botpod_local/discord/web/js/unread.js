// How far this person has read, kept for the tab: two tabs can be two people, and each has its own place.

import { byId } from "./store.js";

export class Unread {
  constructor() {
    this.read = {};
    this.counts = new Map();
  }

  begin(userId) {
    this.key = `read:${userId}`;
    this.read = JSON.parse(sessionStorage.getItem(this.key) ?? "{}");
    this.counts = new Map();
  }

  /** A channel seen for the first time has been read as far as it goes. */
  meet(channelId, lastMessageId) {
    if (this.read[channelId] === undefined) this.read[channelId] = lastMessageId ?? "0";
    else if (lastMessageId && byId(this.read[channelId], lastMessageId) < 0) this.counts.set(channelId, { messages: 1, pings: 0 });
    this.keep();
  }

  add(channelId, messageId, ping) {
    this.read[channelId] ??= "0";
    if (byId(messageId, this.read[channelId]) <= 0) return;
    const { messages, pings } = this.of(channelId);
    this.counts.set(channelId, { messages: messages + 1, pings: pings + (ping ? 1 : 0) });
  }

  /** Everything up to `messageId` has been seen. */
  see(channelId, messageId) {
    if (!messageId || (this.read[channelId] !== undefined && byId(messageId, this.read[channelId]) < 0)) return;
    this.read[channelId] = messageId;
    this.counts.delete(channelId);
    this.keep();
  }

  of(channelId) {
    return this.counts.get(channelId) ?? { messages: 0, pings: 0 };
  }

  lastRead(channelId) {
    return this.read[channelId] ?? "0";
  }

  get pings() {
    return [...this.counts.values()].reduce((sum, { pings }) => sum + pings, 0);
  }

  keep() {
    sessionStorage.setItem(this.key, JSON.stringify(this.read));
  }
}
