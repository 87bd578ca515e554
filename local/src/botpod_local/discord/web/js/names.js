// Between what people type (@Ada, #general) and what Discord sends (<@1>, <#2>). Pure.

const CODE = /```[\s\S]*?```|`[^`\n]+`/g;

/** The text as one would type it. */
export function readable(content, names) {
  return content.replace(/<@!?(\d+)>/g, (_, id) => `@${names.user(id)}`).replace(/<#(\d+)>/g, (_, id) => `#${names.channel(id)}`);
}

/** The text as it is sent: names of people and channels become mentions, except inside code. */
export function sendable(text, { people, nameOf, channels }) {
  const known = [
    ...people.flatMap((user) => [...new Set([nameOf(user.id), user.username])].map((name) => [`@${name}`, `<@${user.id}>`])),
    ...channels.map((channel) => [`#${channel.name}`, `<#${channel.id}>`]),
  ].sort(([a], [b]) => b.length - a.length); // the longest name first, or @Ada would take @Ada Lovelace's place
  const replace = (part) => replaceNames(part, known);
  let found = "";
  let at = 0;
  for (const code of text.matchAll(CODE)) {
    found += replace(text.slice(at, code.index)) + code[0];
    at = code.index + code[0].length;
  }
  return found + replace(text.slice(at));
}

function replaceNames(text, known) {
  let found = "";
  for (let at = 0; at < text.length; ) {
    const before = text[at - 1] ?? " ";
    const match = (text[at] === "@" || text[at] === "#") && !/[\w<]/.test(before) ? known.find(([name]) => fits(text, at, name)) : null;
    found += match ? match[1] : text[at];
    at += match ? match[0].length : 1;
  }
  return found;
}

function fits(text, at, name) {
  const end = at + name.length;
  return text.slice(at, end).toLowerCase() === name.toLowerCase() && !/\w/.test(text[end] ?? " ");
}
