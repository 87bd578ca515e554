// Where one writes: text, files, answers, mentions, commands.

import { size } from "./attachments.js";
import { CommandForm } from "./commandform.js";
import { called, matching, usable } from "./commands.js";
import { appBadge, avatar } from "./avatar.js";
import { fill, h, icon, iconButton } from "./dom.js";
import { excerpt } from "./message.js";
import { Suggestions } from "./suggestions.js";

const LONGEST = 2000;
const WARN = 1800;
const TYPING_EVERY = 8_000;
const LARGEST_FILES = 20 * 1024 * 1024;
const SHOWN = 12;

export class Composer {
  constructor(app) {
    this.app = app;
    this.files = [];
    this.answers = null;
    this.drafts = new Map();
    this.element = document.getElementById("composer");
    this.build();
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.command) this.command.send();
      else this.send();
    });
    app.on("channel", () => this.moved());
    app.on("ready", () => this.relabel());
    app.on("commands", () => this.suggest());
    document.addEventListener("keydown", (event) => this.anywhere(event));
    this.takeFilesFrom(document.getElementById("conversation"));
  }

  build() {
    this.tray = h("div", { class: "tray" });
    this.host = h("div", { class: "suggestion-host" });
    this.text = h("textarea", { id: "composer-text", rows: 1, autocomplete: "off", "aria-label": "Message", "aria-autocomplete": "list" });
    this.counter = h("span", { class: "counter", role: "status" });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, tabIndex: -1, "aria-label": "Files", onChange: () => this.take([...this.picker.files]) });
    this.attach = iconButton("attach", "Add files", () => this.picker.click());
    const send = h("button", { type: "submit", class: "icon-button send", "aria-label": "Send", title: "Send" }, icon("send"));
    this.line = h("div", { class: "line" }, this.attach, this.picker, this.text, this.counter, send);
    fill(this.element, this.host, this.tray, this.line);
    this.suggestions = new Suggestions(this.host, "Suggestions");
    this.text.addEventListener("input", () => this.changed());
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.text.addEventListener("blur", () => this.suggestions.hide());
    this.text.addEventListener("paste", (event) => event.clipboardData.files.length > 0 && this.take([...event.clipboardData.files]));
  }

  focus() {
    if (document.querySelector("dialog[open]")) return;
    if (this.command) this.command.focus();
    else this.text.focus({ preventScroll: true });
  }

  /** Another channel: its own draft, nothing of the last one's. */
  moved() {
    const { channelId, store } = this.app;
    if (channelId === this.channelId) return this.relabel();
    // Where the last place is gone, what was being written comes along.
    const gone = this.channelId && !store.channels.has(this.channelId);
    this.drafts.set(gone ? channelId : this.channelId, this.text.value);
    this.channelId = channelId;
    this.leaveCommand();
    this.answers = null;
    this.files = [];
    this.text.value = this.drafts.get(this.channelId) ?? "";
    this.relabel();
    this.drawTray();
    return this.changed({ quiet: true });
  }

  relabel() {
    const { app } = this;
    const channel = app.channel();
    const label = channel ? `Message ${channel.guild_id ? "#" : "@"}${app.store.channelName(channel)}` : "Choose a channel first";
    this.text.placeholder = label;
    this.text.setAttribute("aria-label", label);
    this.text.disabled = !channel;
  }

  changed({ quiet = false } = {}) {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, innerHeight * 0.4)}px`;
    const left = LONGEST - this.text.value.length;
    this.counter.textContent = left < LONGEST - WARN ? String(left) : "";
    this.counter.classList.toggle("over", left < 0);
    if (quiet) return;
    this.tellTyping();
    const call = called(this.commands(), this.text.value);
    if (call) this.enterCommand(call.command, call.rest);
    else this.suggest();
  }

  tellTyping() {
    const { app } = this;
    const now = Date.now();
    if (this.text.value.trim() === "" || this.text.value.startsWith("/") || now - (this.typed ?? 0) < TYPING_EVERY) return;
    this.typed = now;
    app.api.type(app.channelId).catch(() => {}); // nobody misses it
  }

  commands() {
    const { app } = this;
    return usable(app.store.botsIn(app.channel()));
  }

  // Suggestions: commands behind a slash, people behind an @, channels behind a #.

  suggest() {
    if (this.command || document.activeElement !== this.text) return;
    const before = this.text.value.slice(0, this.text.selectionStart);
    if (/^\/[^\n]*$/.test(this.text.value)) this.suggestCommands(this.text.value.slice(1));
    else {
      const name = /(?:^|[\s(])([@#])([^\s@#]*)$/.exec(before);
      if (name) this.suggestNames(name[1], name[2], before.length - name[2].length - 1);
      else this.suggestions.hide();
    }
  }

  suggestCommands(typed) {
    const all = this.commands();
    const found = matching(all, typed);
    if (all.length === 0 && typed === "") this.app.announce("No bot here offers a command.");
    this.suggestions.show(this.text, found.slice(0, SHOWN), {
      heading: "Commands",
      draw: (command) => [
        avatar(command.bot.user, this.app.store.nameOf(command.bot.user.id)),
        h("span", { class: "stack" }, h("span", { class: "name" }, `/${command.name}`, command.options.filter((o) => o.required).map((o) => h("span", { class: "option" }, o.name))), h("span", { class: "hint" }, command.description)),
        h("span", { class: "from" }, this.app.store.nameOf(command.bot.user.id)),
      ],
      take: (command) => this.enterCommand(command),
    });
  }

  suggestNames(sign, typed, at) {
    const { app } = this;
    const channel = app.channel();
    if (!channel) return;
    const wanted = typed.toLowerCase();
    const people = app.store.peopleIn(channel).map((user) => ({ key: user.id, name: app.store.nameOf(user.id, channel.guild_id), other: user.username, user }));
    const channels = channel.guild_id ? app.store.channelsOf(channel.guild_id).map((each) => ({ key: each.id, name: each.name, other: each.name })) : [];
    const found = (sign === "@" ? people : channels).filter(({ name, other }) => name.toLowerCase().startsWith(wanted) || other.toLowerCase().startsWith(wanted));
    // Who has typed the whole name needs no help, and Enter is to send.
    const whole = found.length === 1 && [found[0].name, found[0].other].some((name) => name.toLowerCase() === wanted);
    this.suggestions.show(this.text, whole ? [] : found.slice(0, SHOWN), {
      heading: sign === "@" ? "People and bots" : "Channels",
      draw: ({ name, other, user }) => [user ? avatar(user, name) : h("span", { class: "hash" }, "#"), h("span", { class: "name" }, name, user?.bot ? appBadge() : null), h("span", { class: "from" }, user && other !== name ? other : "")],
      take: ({ name }) => {
        this.text.setRangeText(`${sign}${name} `, at, this.text.selectionStart, "end");
        this.changed({ quiet: true });
      },
    });
  }

  // Commands

  enterCommand(command, first = "") {
    this.suggestions.hide();
    this.leaveCommand();
    this.command = new CommandForm(this.app, this.host, command, {
      first,
      done: (options) => {
        this.leaveCommand();
        this.text.value = "";
        this.changed({ quiet: true });
        this.app.outbox.use({ channelId: this.app.channelId, command, options });
        this.focus();
      },
      cancel: () => {
        this.leaveCommand();
        this.text.value = "";
        this.changed({ quiet: true });
        this.focus();
      },
    });
    this.text.hidden = true;
    this.attach.hidden = true;
    this.text.after(this.command.element);
    this.command.focus();
  }

  leaveCommand() {
    this.command?.remove();
    this.command = null;
    this.text.hidden = false;
    this.attach.hidden = false;
  }

  // Answers and files

  replyTo(message) {
    this.answers = message;
    this.drawTray();
    this.focus();
  }

  take(files) {
    const all = [...this.files, ...files].slice(0, 10);
    this.picker.value = "";
    if (all.reduce((sum, file) => sum + file.size, 0) > LARGEST_FILES) {
      this.app.announce(`Files may have ${size(LARGEST_FILES)} together.`, { problem: true });
      return;
    }
    this.files = all;
    this.drawTray();
    this.focus();
  }

  takeFilesFrom(place) {
    place.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
    place.addEventListener("drop", (event) => {
      if (event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      this.take([...event.dataTransfer.files]);
    });
  }

  drawTray() {
    const { app, answers } = this;
    const guildId = app.channel()?.guild_id ?? null;
    const answer = answers
      ? h("p", { class: "answering" }, icon("reply"), h("span", { class: "excerpt" }, "Answering ", h("strong", {}, app.store.nameOf(answers.author.id, guildId)), ": ", excerpt(answers, app.names(guildId))), iconButton("close", "Don't answer", () => this.replyTo(null)))
      : null;
    const files = this.files.map((file, n) => h("li", {}, icon("file"), h("span", { class: "name" }, file.name), h("span", { class: "hint" }, size(file.size)), iconButton("close", `Leave out ${file.name}`, () => this.drop(n))));
    fill(this.tray, answer, files.length > 0 ? h("ul", { class: "files", "aria-label": "Files to send" }, files) : null);
  }

  drop(n) {
    this.files = this.files.filter((_, at) => at !== n);
    this.drawTray();
  }

  // Keys

  key(event) {
    if (this.suggestions.key(event) || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.answers) this.replyTo(null);
    else if (event.key === "ArrowUp" && this.text.value === "") {
      const { app } = this;
      const last = app.store.messagesIn(app.channelId).findLast((message) => message.author.id === app.store.me && !message.webhook_id);
      if (last) {
        event.preventDefault();
        app.messages.views.get(last.id)?.edit();
      }
    }
  }

  /** Typing anywhere on the page is writing, as long as no other field wants it. */
  anywhere(event) {
    const typing = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== " ";
    const elsewhere = /^(INPUT|TEXTAREA|SELECT|BUTTON)$/.test(document.activeElement?.tagName ?? "") || document.querySelector("dialog[open]");
    if (typing && !elsewhere && !this.text.disabled) this.focus();
  }

  send() {
    const { app } = this;
    const text = this.text.value.trim();
    if (!app.channelId || (text === "" && this.files.length === 0)) return;
    if (text.startsWith("/") && !text.includes("\n") && matching(this.commands(), text.slice(1)).length > 0) {
      const exact = this.commands().filter((command) => command.name === text.slice(1));
      if (exact.length === 1) return this.enterCommand(exact[0]);
    }
    const content = app.sendable(text);
    if (content.length > LONGEST) {
      app.announce(`A message has at most ${LONGEST} characters; this one has ${content.length}.`, { problem: true });
      return;
    }
    app.outbox.send({ channelId: app.channelId, content, replyTo: this.answers, files: this.files });
    this.text.value = "";
    this.drafts.delete(app.channelId);
    this.answers = null;
    this.files = [];
    this.typed = 0;
    this.drawTray();
    this.changed({ quiet: true });
    this.suggestions.hide();
    app.messages.toEnd();
  }
}
