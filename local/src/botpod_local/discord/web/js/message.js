// One message. It is redrawn in parts, and only those that changed, because a bot's answer is edited as it grows.

import { attachments } from "./attachments.js";
import { appBadge, avatar } from "./avatar.js";
import { components } from "./components.js";
import { fill, fillWhenChanged, h } from "./dom.js";
import { embeds } from "./embeds.js";
import { onlyEmoji, prose } from "./prose.js";
import { reactions } from "./reactions.js";
import { EPHEMERAL, LOADING } from "./store.js";
import { clockTime, longTime, shortTime } from "./time.js";
import { toolbar } from "./toolbar.js";

const PARTS = ["context", "head", "body", "extras", "foot", "tools"];

export class MessageView {
  constructor(app, id) {
    this.app = app;
    this.element = h("li", { class: "message", "data-message": id, tabIndex: -1 });
    this.gutter = h("div", { class: "gutter" });
    this.parts = Object.fromEntries(PARTS.map((name) => [name, h("div", { class: `part-${name}` })]));
    this.column = h("div", { class: "column" }, PARTS.filter((name) => name !== "tools").map((name) => this.parts[name]));
    this.article = h("article", {}, this.gutter, this.column, this.parts.tools);
    this.element.append(this.article);
  }

  /** Draw `message`; `head` says whether it names its author or goes on below the one before. */
  show(message, head) {
    const { app, parts } = this;
    const { store } = app;
    const guildId = app.channel()?.guild_id ?? null;
    const name = store.nameOf(message.author.id, guildId);
    const date = new Date(message.timestamp);
    const ephemeral = (message.flags & EPHEMERAL) !== 0;
    const mine = message.author.id === store.me;
    this.element.className = [
      "message",
      head ? "with-head" : "",
      ephemeral ? "ephemeral" : "",
      store.mentionsMe(message) && !mine ? "for-me" : "",
      message.pending ?? "",
    ].join(" ").trim();
    this.article.setAttribute("aria-label", `${name}, ${shortTime(date)}`);

    fillWhenChanged(this.gutter, [head, message.author.id, name], () => [head ? avatar(store.user(message.author.id), name) : h("time", { "aria-hidden": "true" }, clockTime(date))]);
    fillWhenChanged(parts.context, [message.referenced_message, message.message_reference, message.interaction_metadata], () => this.context(message, guildId));
    fillWhenChanged(parts.head, [head, name, message.timestamp], () => (head ? this.head(message, name, date) : []));
    if (app.editing !== message.id) this.drawBody(message, guildId, name);
    fillWhenChanged(parts.extras, [message.attachments, message.embeds, message.components, app.waitingOn(message.id)], () => [
      attachments(message.attachments ?? []),
      embeds(message.embeds ?? [], app.names(guildId)),
      components(app, message),
    ]);
    fillWhenChanged(parts.foot, [message.reactions, ephemeral, message.pending, message.problem], () => [reactions(app, message), this.note(message, ephemeral)]);
    fillWhenChanged(parts.tools, [message.pending, ephemeral, mine], () => (message.pending ? [] : [toolbar(app, this, message)]));
    this.message = message;
  }

  drawBody(message, guildId, name) {
    const names = this.app.names(guildId);
    const called = (message.mentions ?? []).map((user) => names.user(user.id));
    fillWhenChanged(this.parts.body, [message.content, message.edited_timestamp, message.flags, message.type, message.pending, called], () => this.body(message, names, name));
  }

  context(message, guildId) {
    const { app } = this;
    const used = message.interaction_metadata ?? message.interaction;
    if (used?.type === 2 && used.name) {
      const who = app.store.nameOf(used.user.id, guildId);
      return [h("p", { class: "context command" }, h("strong", {}, who), " used ", h("code", {}, `/${used.name}`))];
    }
    if (!message.message_reference || message.type !== 19) return [];
    const answered = message.referenced_message;
    if (!answered) return [h("p", { class: "context" }, h("em", {}, "The message this answers is gone."))];
    const label = h("span", {}, h("strong", {}, app.store.nameOf(answered.author.id, guildId)), " ", h("span", { class: "excerpt" }, excerpt(answered, app.names(guildId))));
    return [h("button", { type: "button", class: "context reply", onClick: () => app.messages.scrollTo(answered.id) }, h("span", { class: "visually-hidden" }, "Answers "), label)];
  }

  head(message, name, date) {
    const bot = message.author.bot || message.webhook_id;
    return [
      h("span", { class: bot ? "author bot" : "author" }, name),
      bot ? appBadge() : null,
      h("time", { datetime: message.timestamp, title: longTime(date) }, shortTime(date)),
    ];
  }

  body(message, names, name) {
    if (message.command) return message.pending === "sending" ? [h("p", { class: "thinking" }, "Sending the command …")] : [];
    if ((message.flags & LOADING) !== 0) {
      return [h("p", { class: "thinking" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), `${name} is thinking …`)];
    }
    if (message.type === 18) return [h("p", { class: "system" }, `${name} started a thread: ${message.content}`)];
    if (message.type === 6) return [h("p", { class: "system" }, `${name} pinned a message to this channel.`)];
    const text = message.content ?? "";
    const drawn = prose(text, names);
    if (onlyEmoji(text)) drawn[0]?.classList.add("jumbo");
    if (message.edited_timestamp) {
      const edited = h("span", { class: "edited", title: longTime(new Date(message.edited_timestamp)) }, " (edited)");
      if (drawn.at(-1)?.tagName === "P") drawn.at(-1).append(edited);
      else drawn.push(edited);
    }
    return drawn;
  }

  note(message, ephemeral) {
    const { app } = this;
    if (message.pending === "failed") {
      const again = h("button", { type: "button", class: "link", onClick: () => app.resend(message) }, "Try again");
      const away = h("button", { type: "button", class: "link", onClick: () => app.discard(message) }, "Throw it away");
      return h("p", { class: "note problem", role: "alert" }, `Not sent: ${message.problem} `, again, " ", away);
    }
    if (!ephemeral) return null;
    const dismiss = h("button", { type: "button", class: "link", onClick: () => app.attempt(app.api.remove(message.channel_id, message.id)) }, "Dismiss message");
    return h("p", { class: "note" }, "Only you can see this · ", dismiss);
  }

  /** Put a field in place of the text, to change it. */
  edit() {
    const { app, parts, message } = this;
    if (!message || app.editing === message.id) return;
    app.editing = message.id;
    const guildId = app.channel()?.guild_id ?? null;
    const field = h("textarea", { class: "edit-field", "aria-label": "Change your message", rows: 1, maxlength: 2000 });
    field.value = app.writable(message.content);
    const done = () => {
      app.editing = null;
      parts.body.filledFor = null;
      this.drawBody(this.message, guildId, "");
      app.composer.focus();
    };
    const save = () => {
      const text = app.sendable(field.value.trim());
      if (text !== "" && text !== message.content) app.attempt(app.api.edit(message.channel_id, message.id, text));
      done();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") done();
      else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        save();
      }
    });
    const keys = h("p", { class: "note" }, "Escape to ", h("button", { type: "button", class: "link", onClick: done }, "cancel"), " · Enter to ", h("button", { type: "button", class: "link", onClick: save }, "save"));
    parts.body.filledFor = "editing";
    fill(parts.body, field, keys);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    field.scrollIntoView({ block: "nearest" });
  }
}

/** A message's text in one short line. */
export function excerpt(message, names) {
  const text = (message.content ?? "")
    .replace(/```[\s\S]*?```/g, "code")
    .replace(/<@!?(\d+)>/g, (_, id) => `@${names.user(id)}`)
    .replace(/[*_~|`>]/g, "")
    .replace(/\s+/g, " ")
    .trim();
  if (text !== "") return text.length > 120 ? `${text.slice(0, 119)}…` : text;
  return message.attachments?.length ? "an attachment" : message.embeds?.length ? "an embed" : "a message";
}
