// Files of a message: images are shown, everything else is a link. All come from this page's own server.

import { h, icon } from "./dom.js";

/** The elements for a message's files. */
export function attachments(files) {
  if (files.length === 0) return null;
  return h("ul", { class: "attachments" }, files.map((file) => h("li", {}, one(file))));
}

function one(file) {
  const url = own(file.url);
  if (/^image\/(png|jpeg|gif|webp|avif)$/.test(file.content_type ?? "")) {
    const picture = h("img", { src: url, alt: file.description ?? file.filename, loading: "lazy", width: file.width, height: file.height });
    return h("a", { class: "picture", href: url, target: "_blank", rel: "noopener" }, picture);
  }
  return h("a", { class: "file", href: url, target: "_blank", rel: "noopener", download: file.filename }, icon("file"), h("span", { class: "stack" }, h("span", { class: "name" }, file.filename), h("span", { class: "hint" }, size(file.size))));
}

/** The address on this page's own server, whatever name the file's server goes by elsewhere. */
export function own(url) {
  const { pathname } = new URL(url, location.href);
  return `${location.origin}${pathname}`;
}

/** "1.4 MB". */
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log10(bytes) / 3) : 0);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
