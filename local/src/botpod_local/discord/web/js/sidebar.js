// The list of servers, channels and direct conversations, and who one is.

import { avatar } from "./avatar.js";
import { fill, h, iconButton } from "./dom.js";
import { DM } from "./store.js";
import { switcher } from "./switcher.js";

export class Sidebar {
  constructor(app) {
    this.app = app;
    this.element = document.getElementById("sidebar");
    this.lists = h("div", { class: "lists" });
    this.self = h("div", { class: "self" });
    fill(this.element, this.title(), this.lists, this.self);
    for (const what of ["ready", "places", "unread", "channel"]) app.on(what, () => this.draw());
    document.getElementById("scrim").addEventListener("click", () => this.open(false));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.shown && this.open(false));
  }

  /** On a phone the list lies over the conversation; this shows or hides it. */
  open(shown) {
    this.shown = shown;
    document.body.classList.toggle("sidebar-open", shown);
    document.getElementById("scrim").hidden = !shown;
    if (shown) this.element.querySelector("[aria-current], .channel")?.focus();
    else if (this.element.contains(document.activeElement)) document.querySelector(".menu-button")?.focus();
  }

  title() {
    const close = iconButton("close", "Close the list", () => this.open(false), { class: "icon-button only-narrow" });
    return h(
      "div",
      { class: "product" },
      h("h1", {}, h("span", { class: "wordmark" }, "Botpod"), h("span", { class: "standin" }, "Discord stand-in")),
      h("p", {}, "Runs on this machine. Not Discord."),
      close,
    );
  }

  draw() {
    const { store } = this.app;
    const focused = document.activeElement?.dataset?.channel;
    const servers = [...store.guilds.values()].map((guild) => this.section(guild.name, store.channelsOf(guild.id).map((c) => this.channel(c))));
    fill(this.lists, servers, this.section("Direct messages", this.direct()));
    fill(this.self, store.me ? switcher(this.app) : null);
    if (focused) this.lists.querySelector(`[data-channel="${CSS.escape(focused)}"]`)?.focus();
    const { pings } = store.unread;
    document.title = `${pings > 0 ? `(${pings}) ` : ""}${this.app.title()}`;
  }

  section(name, items) {
    const list = items.length > 0 ? h("ul", {}, items.map((item) => h("li", {}, item))) : h("p", { class: "nothing" }, "Nothing here yet.");
    return h("section", {}, h("h2", {}, name), list);
  }

  /** The conversations there are, and below them the bots that one hasn't talked to yet. */
  direct() {
    const { store } = this.app;
    const open = store.directChannels();
    const met = new Set(open.map((channel) => store.partner(channel)?.id));
    const others = [...store.users.values()].filter((user) => user.bot && !met.has(user.id));
    return [
      ...open.map((channel) => this.channel(channel)),
      ...others.map((user) => h("button", { type: "button", class: "channel", onClick: () => this.app.openDirect(user.id) }, avatar(user, store.nameOf(user.id)), h("span", { class: "name" }, store.nameOf(user.id)))),
    ];
  }

  channel(channel) {
    const { store } = this.app;
    const current = channel.id === this.app.channelId;
    const { messages, pings } = store.unread.of(channel.id);
    const unread = messages > 0 && !current;
    const name = store.channelName(channel);
    const mark = channel.type === DM ? avatar(store.partner(channel) ?? store.user("0"), name) : h("span", { class: "hash", "aria-hidden": "true" }, channel.type >= 10 ? "↳" : "#");
    const said = !unread ? "" : pings > 0 ? `, ${pings} for you` : ", unread";
    return h(
      "a",
      {
        href: `#${channel.id}`,
        class: `channel${unread ? " unread" : ""}`,
        "aria-label": name + said,
        "aria-current": current ? "page" : null,
        "data-channel": channel.id,
        onClick: () => this.open(false),
      },
      mark,
      h("span", { class: "name" }, name),
      unread && pings > 0 ? h("span", { class: "pings", "aria-hidden": "true" }, String(pings)) : null,
    );
  }
}
