// The page as a whole: who one is, where one is, and what one does; the views draw it.

import { Api } from "./api.js";
import { Composer } from "./composer.js";
import { Feed } from "./feed.js";
import { Interactions } from "./interactions.js";
import { Messages } from "./messages.js";
import { readable, sendable } from "./names.js";
import { Outbox } from "./outbox.js";
import { People } from "./people.js";
import { Sidebar } from "./sidebar.js";
import { Status } from "./status.js";
import { DM, Store } from "./store.js";
import { remember, remembered } from "./switcher.js";

export class App {
  constructor() {
    this.store = new Store();
    this.api = new Api();
    this.channelId = null;
    this.editing = null;
    this.on("ready", () => this.settle()); // before the views hear of it: they draw where one is
    this.sidebar = new Sidebar(this);
    this.status = new Status(this);
    this.people = new People(this);
    this.outbox = new Outbox(this);
    this.interactions = new Interactions(this);
    this.messages = new Messages(this);
    this.composer = new Composer(this);
    this.feed = new Feed({ onEvent: (name, data) => this.store.apply(name, data), onState: (state) => this.status.connection(state) });
    addEventListener("hashchange", () => this.go(location.hash.slice(1)));
  }

  start() {
    this.store.tell("channel");
    this.feed.start(() => this.identify());
  }

  /** Listen to the store's events. */
  on(what, listener) {
    this.store.addEventListener(what, (event) => listener(event.detail));
  }

  /** Find out whom this tab can be: whoever it was last, else the first person there is. */
  async identify() {
    const { users } = await this.api.state();
    const people = users.filter((user) => !user.bot);
    const last = remembered()?.toLowerCase();
    const me = people.find((user) => [user.id, user.username, user.global_name?.toLowerCase()].includes(last)) ?? people[0];
    if (!me) throw new Error("There are no people in this world.");
    remember(me.username);
    this.api.username = me.username;
    return me.username;
  }

  /** Be somebody else, in this tab. */
  be(username) {
    remember(username);
    this.outbox.clear();
    this.editing = null;
    this.start();
  }

  /** After a snapshot: stay where one was, or go where there is something to say. */
  settle() {
    const { store } = this;
    const wanted = [location.hash.slice(1), this.channelId].find((id) => store.channels.has(id));
    const [guild] = store.guilds.keys();
    const first = store.channelsOf(guild)[0] ?? store.directChannels()[0];
    this.go(wanted ?? first?.id ?? null, { replace: true });
  }

  go(channelId, { replace = false } = {}) {
    const known = this.store.channels.has(channelId) ? channelId : null;
    if (known === this.channelId && !replace) return;
    this.channelId = known;
    this.editing = null;
    if (known && location.hash.slice(1) !== known) history[replace ? "replaceState" : "pushState"](null, "", `#${known}`);
    this.store.tell("channel");
    if (matchMedia("(hover: hover)").matches) this.composer.focus();
  }

  async openDirect(userId) {
    const channel = await this.attempt(this.api.openDirect(userId));
    if (!channel) return;
    this.store.onCHANNEL_CREATE(channel);
    this.sidebar.open(false);
    this.go(channel.id);
  }

  channel() {
    return this.store.channels.get(this.channelId) ?? null;
  }

  title() {
    const channel = this.channel();
    return channel ? `${channel.type === DM ? "" : "#"}${this.store.channelName(channel)} · Discord stand-in` : "Discord stand-in";
  }

  /** What mentions are called, for js/prose.js. */
  names(guildId) {
    const { store } = this;
    return {
      me: store.me,
      user: (id) => store.nameOf(id, guildId),
      role: (id) => (store.guilds.get(guildId)?.roles.get(id)?.name ?? "role").replace(/^@/, ""),
      channel: (id) => (store.channels.has(id) ? store.channelName(store.channels.get(id)) : "unknown"),
    };
  }

  /** A message's text as one would type it, and back. */
  writable(content) {
    return readable(content, this.names(this.channel()?.guild_id ?? null));
  }

  sendable(text) {
    const { store } = this;
    const channel = this.channel();
    return channel ? sendable(text, { people: store.peopleIn(channel), nameOf: (id) => store.nameOf(id, channel.guild_id), channels: channel.guild_id ? store.channelsOf(channel.guild_id) : [] }) : text;
  }

  /** Wait for a call; say what went wrong instead of throwing. Gives undefined then. */
  async attempt(call) {
    try {
      return await call;
    } catch (error) {
      this.announce(error.message, { problem: true });
      return undefined;
    }
  }

  /** Tell what happened, to eyes and to screen readers. */
  announce(text, { problem = false } = {}) {
    const announcer = document.getElementById("announcer");
    announcer.className = problem ? "toast" : "visually-hidden";
    announcer.textContent = text;
    clearTimeout(this.announced);
    this.announced = setTimeout(() => {
      announcer.className = "visually-hidden";
      announcer.textContent = "";
    }, 6000);
  }

  pendingIn(channelId) {
    return this.outbox.in(channelId);
  }

  resend(message) {
    this.outbox.resend(message);
  }

  discard(message) {
    this.outbox.discard(message);
  }

  waitingOn(messageId) {
    return this.interactions.on(messageId);
  }

  click(message, component) {
    return this.interactions.click(message, component);
  }

  select(message, component, values) {
    return this.interactions.select(message, component, values);
  }
}
