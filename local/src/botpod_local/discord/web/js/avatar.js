// A person's mark: initials on a colour that depends on who they are alone.

import { h } from "./dom.js";

// Dark enough for white letters (at least 4.5 to 1).
const COLOURS = ["#a3425b", "#8a5a12", "#4f7327", "#1f7a5c", "#1c7186", "#3b62a8", "#6a52b0", "#93458f"];

/** The mark of a user; hidden from screen readers, because the name always stands beside it. */
export function avatar(user, name) {
  const sum = [...user.username].reduce((so, letter) => (so * 31 + letter.codePointAt(0)) % 9973, 7);
  const colour = COLOURS[sum % COLOURS.length];
  const letters = name.split(/[\s_-]+/).map((word) => [...word][0] ?? "").slice(0, 2).join("").toUpperCase();
  const shape = user.bot ? "avatar bot" : "avatar";
  const mark = h("span", { class: shape, "aria-hidden": "true" }, letters);
  mark.style.setProperty("--mark", user.bot ? "var(--accent-dark)" : colour);
  return mark;
}

/** The badge of an application. */
export const appBadge = () => h("span", { class: "badge" }, "APP");
