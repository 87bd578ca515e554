// Emoji below a message, and choosing one.

import { h } from "./dom.js";
import { emojiKey } from "./tally.js";

const OFFERED = "👍 👎 ❤️ 😂 🎉 🚀 👀 ✅ ❌ 🙏 🤔 😢 🔥 ⭐ 💡 👋".split(" ");

/** The emoji that are below a message; each is a button that adds or takes away one's own. */
export function reactions(app, message) {
  if (!message.reactions?.length) return null;
  return h(
    "ul",
    { class: "reactions", "aria-label": "Reactions" },
    message.reactions.map(({ emoji, count, me }) => {
      const change = () => app.attempt(me ? app.api.unreact(message.channel_id, message.id, emojiKey(emoji)) : app.api.react(message.channel_id, message.id, emojiKey(emoji)));
      const label = `${emoji.name}, ${count} ${count === 1 ? "reaction" : "reactions"}${me ? ", yours among them" : ""}`;
      return h("li", {}, h("button", { type: "button", "aria-pressed": String(Boolean(me)), "aria-label": label, onClick: change }, h("span", { "aria-hidden": "true" }, emoji.name), h("span", { class: "count", "aria-hidden": "true" }, String(count))));
    }),
  );
}

/** Let somebody choose an emoji, beside `anchor`. */
export function emojiPicker(anchor, choose) {
  document.querySelector(".emoji-picker")?.remove();
  const close = (focus) => {
    picker.remove();
    removeEventListener("pointerdown", outside, true);
    if (focus) anchor.focus();
  };
  const outside = (event) => !picker.contains(event.target) && close(false);
  const picker = h(
    "div",
    { class: "emoji-picker", role: "dialog", "aria-label": "Choose a reaction" },
    OFFERED.map((emoji) =>
      h("button", {
        type: "button",
        "aria-label": emoji,
        onClick: () => {
          close(true);
          choose(emoji);
        },
      }, emoji),
    ),
  );
  picker.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
    const all = [...picker.children];
    if (event.key === "Escape") close(true);
    else if (step) {
      event.preventDefault();
      all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    }
  });
  document.body.append(picker);
  const place = anchor.getBoundingClientRect();
  const size = picker.getBoundingClientRect();
  picker.style.left = `${Math.max(8, Math.min(innerWidth - size.width - 8, place.right - size.width))}px`;
  picker.style.top = `${place.bottom + size.height + 8 > innerHeight ? place.top - size.height - 4 : place.bottom + 4}px`;
  addEventListener("pointerdown", outside, true);
  picker.firstElementChild.focus();
}
