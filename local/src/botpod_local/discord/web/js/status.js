// What goes on around the conversation: the header, the connection, who is typing.

import { fill, fillWhenChanged, h, iconButton } from "./dom.js";
import { DM } from "./store.js";

export class Status {
  constructor(app) {
    this.app = app;
    this.header = document.getElementById("header");
    this.banner = document.getElementById("banner");
    this.typing = document.getElementById("typing");
    for (const what of ["ready", "places", "channel"]) app.on(what, () => this.drawHeader());
    for (const what of ["ready", "places", "channel"]) app.on(what, () => this.drawBanner());
    app.on("typing", () => this.drawTyping());
    app.on("channel", () => this.drawTyping());
  }

  drawHeader() {
    const { app } = this;
    const channel = app.channel();
    const menu = iconButton("menu", "Show servers and channels", () => app.sidebar.open(true), { class: "icon-button menu-button only-narrow" });
    if (!channel) return fill(this.header, menu, h("h2", {}, "Discord stand-in"));
    const direct = channel.type === DM;
    const toggle = iconButton("people", "Show or hide who is here", () => document.body.classList.toggle("people-closed"), { class: "icon-button only-wide" });
    const topic = direct ? "Direct message" : channel.topic;
    return fill(
      this.header,
      menu,
      h("h2", {}, h("span", { class: "hash", "aria-hidden": "true" }, direct ? "@" : "#"), app.store.channelName(channel)),
      topic ? h("p", { class: "topic" }, topic) : null,
      h("span", { class: "spring" }),
      direct ? null : toggle,
    );
  }

  /** Say that the feed is away (`state` connecting, lost) or that it is back (open). */
  connection(state) {
    document.body.dataset.connection = state;
    this.state = state;
    this.drawBanner();
  }

  drawBanner() {
    const said = {
      connecting: "Connecting to the stand-in …",
      lost: "The stand-in is away. This page tries again by itself.",
    }[this.state];
    const pulse = h("span", { class: "pulse", "aria-hidden": "true" });
    const asleep = said ? null : this.asleep();
    fillWhenChanged(this.banner, [said, asleep], () => (said ? [h("p", {}, pulse, said)] : asleep ? [h("p", { class: "quiet" }, pulse, asleep)] : []));
  }

  /** What to say where a bot would be expected to answer, but none is connected. */
  asleep() {
    const { store } = this.app;
    const bots = store.botsIn(this.app.channel());
    if (bots.length === 0 || bots.some((bot) => bot.status === "online")) return null;
    const names = new Intl.ListFormat("en").format(bots.map((bot) => store.nameOf(bot.user.id)));
    return `${names} ${bots.length === 1 ? "is" : "are"} not connected: nobody answers until a bot is.`;
  }

  drawTyping() {
    const { store, channelId } = this.app;
    const channel = this.app.channel();
    const names = store.typingIn(channelId).map((id) => store.nameOf(id, channel?.guild_id));
    const text = names.length === 0 ? null : names.length === 1 ? "is typing" : names.length < 4 ? "are typing" : "Several people are typing";
    const who = names.length < 4 ? new Intl.ListFormat("en").format(names) : "";
    fill(this.typing, text ? [h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", {}, who ? h("strong", {}, who) : null, ` ${text} …`)] : null);
  }
}
