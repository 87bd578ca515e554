// Draws what js/markdown.js read. `names` knows what mentions are called: user(id), role(id), channel(id), me.

import { h } from "./dom.js";
import { highlight } from "./highlight.js";
import { parse } from "./markdown.js";
import { longTime, relative, styled } from "./time.js";

const TAGS = { strong: "strong", emphasis: "em", underline: "u", strike: "s" };

/** The elements for a message's text. */
export function prose(text, names) {
  return parse(text).map((block) => drawBlock(block, names));
}

/** Whether a text is nothing but a few emoji, which are shown larger. */
export function onlyEmoji(text) {
  return /^(?:\p{Extended_Pictographic}[\u{FE0F}\u{200D}\p{Emoji_Modifier}]*\s*){1,27}$/u.test(text);
}

function drawBlock(block, names) {
  switch (block.type) {
    case "codeblock":
      return drawCode(block);
    case "heading":
      // Below the page's own headings, whatever the writer thinks of their own importance.
      return h("p", { class: `heading level-${block.level}`, role: "heading", "aria-level": block.level + 3 }, draw(block.children, names));
    case "subtext":
      return h("p", { class: "subtext" }, draw(block.children, names));
    case "quote":
      return h("blockquote", {}, block.children.map((child) => drawBlock(child, names)));
    case "list":
      return drawList(block, names);
    default:
      return h("p", {}, draw(block.children, names));
  }
}

function drawList(block, names) {
  const items = block.items.map((item) => h("li", {}, draw(item, names)));
  return block.ordered ? h("ol", { start: block.start }, items) : h("ul", {}, items);
}

function drawCode(block) {
  const parts = highlight(block.text, block.language).map(({ text, kind }) => (kind === "" ? text : h("span", { class: `code-${kind}` }, text)));
  const label = block.language === "" ? "Code" : `Code, ${block.language}`;
  const copy = h("button", { type: "button", class: "copy", onClick: (event) => copyText(event.currentTarget, block.text) }, "Copy");
  // Focusable, so that a keyboard can scroll what is wider than the page.
  return h("div", { class: "codeblock" }, copy, h("pre", { tabIndex: 0, role: "region", "aria-label": label }, h("code", {}, parts)));
}

async function copyText(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select and copy by hand";
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

function draw(nodes, names) {
  return nodes.map((node) => drawInline(node, names));
}

function drawInline(node, names) {
  switch (node.type) {
    case "text":
      return node.text.split("\n").flatMap((line, n) => (n === 0 ? [line] : [h("br"), line]));
    case "code":
      return h("code", { class: "inline-code" }, node.text);
    case "link":
      return h("a", { href: node.href, target: "_blank", rel: "noopener noreferrer nofollow" }, draw(node.children, names));
    case "mention":
      return drawMention(node, names);
    case "spoiler":
      return drawSpoiler(node, names);
    case "time":
      return h("time", { class: "stamp", title: longTime(new Date(node.seconds * 1000)) }, node.style === "R" ? relative(node.seconds) : styled(node));
    case "emoji":
      return h("span", { class: "custom-emoji" }, `:${node.name}:`);
    case "list":
      return drawList(node, names);
    default:
      return h(TAGS[node.type], {}, draw(node.children, names));
  }
}

function drawMention(node, names) {
  if (node.kind === "command") return h("span", { class: "mention" }, `/${node.name}`);
  if (node.kind === "everyone") return h("span", { class: "mention mine" }, `@${node.id}`);
  if (node.kind === "channel") return h("span", { class: "mention" }, `#${names.channel(node.id)}`);
  const name = node.kind === "role" ? names.role(node.id) : names.user(node.id);
  return h("span", { class: node.kind === "user" && node.id === names.me ? "mention mine" : "mention" }, `@${name}`);
}

function drawSpoiler(node, names) {
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    spoiler.classList.add("shown");
    spoiler.removeAttribute("role");
    spoiler.removeAttribute("aria-label");
  };
  const spoiler = h(
    "span",
    { class: "spoiler", role: "button", tabIndex: 0, "aria-label": "Hidden text, press to show", onClick: show, onKeydown: show },
    h("span", {}, draw(node.children, names)),
  );
  return spoiler;
}

