// Who is here: bots and people, with a way to write to each.

import { appBadge, avatar } from "./avatar.js";
import { fill, h } from "./dom.js";
import { DM } from "./store.js";

export class People {
  constructor(app) {
    this.app = app;
    this.element = document.getElementById("people");
    for (const what of ["ready", "places", "channel"]) app.on(what, () => this.draw());
  }

  draw() {
    const { app } = this;
    const channel = app.channel();
    this.element.hidden = !channel || channel.type === DM;
    if (this.element.hidden) return;
    const everyone = app.store.peopleIn(channel);
    const group = (name, users) => (users.length > 0 ? h("section", {}, h("h2", {}, `${name} — ${users.length}`), h("ul", {}, users.map((user) => h("li", {}, this.person(user, channel))))) : null);
    fill(
      this.element,
      group("Bots", everyone.filter((user) => user.bot)),
      group("People", everyone.filter((user) => !user.bot)),
    );
  }

  person(user, channel) {
    const { app } = this;
    const name = app.store.nameOf(user.id, channel.guild_id);
    const state = user.bot ? app.store.botState(user.id) : null;
    const mine = user.id === app.store.me;
    const inside = [avatar(user, name), h("span", { class: "stack" }, h("span", { class: "name" }, name, user.bot ? appBadge() : null), state ? h("span", { class: `hint ${state}` }, state) : mine ? h("span", { class: "hint" }, "you") : null)];
    if (mine) return h("span", { class: "person" }, inside);
    return h("button", { type: "button", class: "person", title: `Write to ${name}`, onClick: () => app.openDirect(user.id) }, inside);
  }
}
