// Discord's Markdown, read into a tree of plain objects. Knows nothing of the page; js/prose.js draws the tree.

const FENCE = /^```(?:([a-zA-Z0-9_+\-.#]*)\n)?([\s\S]*?)\n?```/;
const LIST_ITEM = /^( *)([-*]|\d{1,9}\.) +(?=\S)/;

const PAIRS = [
  ["**", "strong"],
  ["__", "underline"],
  ["~~", "strike"],
  ["||", "spoiler"],
  ["*", "emphasis"],
  ["_", "emphasis"],
];

/** Read a message's text into blocks: {type, children | text | …}. */
export function parse(text) {
  return blocks(String(text ?? "").replace(/\r\n?/g, "\n"), 0);
}

function blocks(text, depth) {
  const found = [];
  let rest = text;
  let prose = "";
  const flush = () => {
    const trimmed = prose.replace(/^\n|\n$/g, "");
    if (trimmed.trim() !== "") found.push({ type: "paragraph", children: inline(trimmed) });
    prose = "";
  };
  let lineStart = true;
  while (rest !== "") {
    const fence = FENCE.exec(rest);
    if (fence && fence[2].trim() !== "") {
      flush();
      found.push({ type: "codeblock", language: fence[1] ?? "", text: fence[2] });
      rest = rest.slice(fence[0].length).replace(/^\n/, "");
      lineStart = true;
      continue;
    }
    const block = lineStart ? lineBlock(rest, depth) : null;
    if (block) {
      flush();
      found.push(block.node);
      rest = block.rest;
      continue;
    }
    // As far as the line goes, but not over a fence that opens in the middle of it.
    const end = rest.search(/\n|(?!^)```/);
    const taken = end === -1 ? rest : rest.slice(0, rest[end] === "\n" ? end + 1 : end);
    prose += taken;
    lineStart = taken.endsWith("\n");
    rest = rest.slice(taken.length);
  }
  flush();
  return found;
}

/** A block that only begins at the start of a line: heading, subtext, quote, list. */
function lineBlock(text, depth) {
  const line = text.split("\n", 1)[0];
  const after = text.slice(line.length + 1);
  const heading = /^(#{1,3}) +(\S.*)$/.exec(line);
  if (heading) return { node: { type: "heading", level: heading[1].length, children: inline(heading[2]) }, rest: after };
  const subtext = /^-# +(\S.*)$/.exec(line);
  if (subtext) return { node: { type: "subtext", children: inline(subtext[1]) }, rest: after };
  if (depth === 0 && line.startsWith(">>> ")) {
    return { node: { type: "quote", children: blocks(text.slice(4), depth + 1) }, rest: "" };
  }
  if (depth === 0 && /^> ?/.test(line) && (line === ">" || line.startsWith("> "))) return quote(text, depth);
  if (LIST_ITEM.test(line)) return list(text);
  return null;
}

function quote(text, depth) {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !(line === ">" || line.startsWith("> ")));
  const mine = end === -1 ? lines : lines.slice(0, end);
  const inner = mine.map((line) => line.replace(/^> ?/, "")).join("\n");
  return { node: { type: "quote", children: blocks(inner, depth + 1) }, rest: end === -1 ? "" : lines.slice(end).join("\n") };
}

function list(text) {
  const lines = text.split("\n");
  const items = [];
  let n = 0;
  for (; n < lines.length; n += 1) {
    const item = LIST_ITEM.exec(lines[n]);
    if (item) items.push({ indent: item[1].length, marker: item[2], text: lines[n].slice(item[0].length) });
    else if (/^ {2,}\S/.test(lines[n]) && !lines[n].includes("```")) items[items.length - 1].text += `\n${lines[n].trim()}`;
    else break;
  }
  return { node: nest(items), rest: lines.slice(n).join("\n") };
}

function nest(items) {
  const [first] = items;
  const ordered = /\d/.test(first.marker);
  const node = { type: "list", ordered, start: ordered ? Number.parseInt(first.marker, 10) : 1, items: [] };
  for (let n = 0; n < items.length; ) {
    let end = n + 1;
    while (end < items.length && items[end].indent > first.indent) end += 1;
    const inner = items.slice(n + 1, end);
    node.items.push([...inline(items[n].text), ...(inner.length > 0 ? [nest(inner)] : [])]);
    n = end;
  }
  return node;
}

/** Read a line's worth of text into nodes. */
export function inline(text) {
  const found = [];
  let plain = "";
  const flush = () => {
    if (plain !== "") found.push({ type: "text", text: plain });
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const next = special(text, at);
    if (next === null) {
      plain += text[at];
      at += 1;
    } else if (next.node.type === "text") {
      plain += next.node.text;
      at += next.length;
    } else {
      flush();
      found.push(next.node);
      at += next.length;
    }
  }
  flush();
  return found;
}

function special(text, at) {
  const rest = text.slice(at);
  const character = text[at];
  if (character === "\\" && /^[\\*_~|`>#<[\]()@:-]/.test(rest.slice(1))) return { node: { type: "text", text: rest[1] }, length: 2 };
  if (character === "`") return code(rest);
  if (character === "<") return angled(rest);
  if (character === "[") return masked(rest);
  if (character === "h") return address(rest, text[at - 1]);
  if (character === "@") {
    const all = /^@(everyone|here)\b/.exec(rest);
    return all && { node: { type: "mention", kind: "everyone", id: all[1] }, length: all[0].length };
  }
  return pair(text, at);
}

function code(rest) {
  const found = /^(`{1,2})(?!`)([\s\S]*?[^`])\1(?!`)/.exec(rest);
  return found && { node: { type: "code", text: found[2].replace(/^ (.*`.*) $/, "$1") }, length: found[0].length };
}

function angled(rest) {
  const mention = /^<(@!?|@&|#)(\d+)>/.exec(rest);
  if (mention) {
    const kind = { "@": "user", "@!": "user", "@&": "role", "#": "channel" }[mention[1]];
    return { node: { type: "mention", kind, id: mention[2] }, length: mention[0].length };
  }
  const command = /^<\/([^:>]{1,100}):(\d+)>/.exec(rest);
  if (command) return { node: { type: "mention", kind: "command", id: command[2], name: command[1] }, length: command[0].length };
  const time = /^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/.exec(rest);
  if (time) return { node: { type: "time", seconds: Number(time[1]), style: time[2] ?? "f" }, length: time[0].length };
  const emoji = /^<a?:(\w{2,32}):(\d+)>/.exec(rest);
  if (emoji) return { node: { type: "emoji", name: emoji[1] }, length: emoji[0].length };
  const link = /^<(https?:\/\/[^\s<>]+)>/.exec(rest);
  return link && { node: { type: "link", href: link[1], children: [{ type: "text", text: link[1] }] }, length: link[0].length };
}

function masked(rest) {
  const found = /^\[((?:[^[\]\\]|\\.)+)\]\(<?(https?:\/\/[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)>?\)/.exec(rest);
  if (!found) return null;
  const children = inline(found[1]).map((node) => (node.type === "link" ? { type: "text", text: node.href } : node));
  return { node: { type: "link", href: found[2], children }, length: found[0].length };
}

function address(rest, before) {
  if (before !== undefined && /\w/.test(before)) return null;
  const found = /^https?:\/\/[^\s<>"]+/.exec(rest);
  if (!found) return null;
  let href = found[0].replace(/[.,;:!?'"*_~|]+$/, "");
  while (href.endsWith(")") && href.split("(").length < href.split(")").length) href = href.slice(0, -1);
  return { node: { type: "link", href, children: [{ type: "text", text: href }] }, length: href.length };
}

function pair(text, at) {
  for (const [mark, type] of PAIRS) {
    if (!text.startsWith(mark, at)) continue;
    const end = closing(text, at, mark);
    if (end === -1) continue;
    const inner = text.slice(at + mark.length, end);
    if (/^[*_~|]*$/.test(inner)) continue;
    return { node: { type, children: inline(inner) }, length: inner.length + 2 * mark.length };
  }
  return null;
}

/** Where `mark`, opened at `at`, is closed; -1 where it isn't. Inline code in between keeps its stars. */
function closing(text, at, mark) {
  const start = at + mark.length;
  const single = mark.length === 1;
  if (single && /\s|^$/.test(text[start] ?? "")) return -1;
  if (mark === "_" && /\w/.test(text[at - 1] ?? "")) return -1;
  for (let n = start; n < text.length; n += 1) {
    if (text[n] === "\\") n += 1;
    else if (text[n] === "`") n += (code(text.slice(n))?.length ?? 1) - 1;
    else if (text.startsWith(mark, n) && n > start) {
      // `**` inside a `*` belongs to something else, and a third star closes the outer pair.
      if (single && text[n + 1] === mark) {
        n += 1;
        continue;
      }
      if (single && /\s/.test(text[n - 1]) && mark === "*") continue;
      if (mark === "_" && /\w/.test(text[n + 1] ?? "")) continue;
      return !single && text[n + mark.length] === mark[0] ? n + 1 : n;
    }
  }
  return -1;
}
