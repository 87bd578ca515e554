// What can be done with a message: react, answer, change, delete. Shown on hover and on focus.

import { h, iconButton } from "./dom.js";
import { emojiPicker } from "./reactions.js";
import { EPHEMERAL } from "./store.js";

/** The buttons for `message`; `view` shows it. */
export function toolbar(app, view, message) {
  const mine = message.author.id === app.store.me;
  const ephemeral = (message.flags & EPHEMERAL) !== 0;
  if (ephemeral) return null;
  const channelId = message.channel_id;
  return h(
    "div",
    { class: "toolbar", role: "group", "aria-label": "What to do with this message" },
    iconButton("react", "Add a reaction", (event) => emojiPicker(event.currentTarget, (emoji) => app.attempt(app.api.react(channelId, message.id, emoji)))),
    iconButton("reply", "Answer this message", () => app.composer.replyTo(view.message)),
    mine ? iconButton("edit", "Change your message", () => view.edit()) : null,
    mine ? iconButton("trash", "Delete your message", () => app.attempt(app.api.remove(channelId, message.id))) : null,
  );
}
