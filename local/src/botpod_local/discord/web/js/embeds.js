// A bot's boxes: title, text, fields, footer. Pictures from elsewhere are named, not fetched.

import { h } from "./dom.js";
import { prose } from "./prose.js";
import { shortTime } from "./time.js";

/** The elements for a message's embeds. */
export function embeds(all, names) {
  return all.map((embed) => one(embed, names));
}

function one(embed, names) {
  const colour = Number.isInteger(embed.color) ? `#${embed.color.toString(16).padStart(6, "0")}` : null;
  const title = embed.title ? h("p", { class: "embed-title" }, linked(embed.url, embed.title)) : null;
  const box = h(
    "div",
    { class: "embed" },
    embed.author?.name ? h("p", { class: "embed-author" }, linked(embed.author.url, embed.author.name)) : null,
    title,
    embed.description ? h("div", { class: "embed-text" }, prose(embed.description, names)) : null,
    embed.fields?.length ? h("dl", {}, embed.fields.map((field) => h("div", { class: field.inline ? "field inline" : "field" }, h("dt", {}, prose(field.name, names)), h("dd", {}, prose(field.value, names))))) : null,
    elsewhere(embed.image ?? embed.thumbnail),
    footer(embed),
  );
  if (colour) box.style.setProperty("--stripe", colour);
  return box;
}

function linked(url, text) {
  return /^https?:\/\//.test(url ?? "") ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, text) : text;
}

function elsewhere(picture) {
  return picture?.url ? h("p", { class: "hint" }, "Picture: ", linked(picture.url, picture.url)) : null;
}

function footer(embed) {
  const parts = [embed.footer?.text, embed.timestamp ? shortTime(new Date(embed.timestamp)) : null].filter(Boolean);
  return parts.length > 0 ? h("p", { class: "embed-footer" }, parts.join(" · ")) : null;
}
