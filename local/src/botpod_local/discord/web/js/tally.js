// The reactions to a message, counted by emoji: lists of `{emoji, count, me}`. Nothing here is changed in place.

/** What tells one emoji from another. */
export const emojiKey = (emoji) => emoji.id ?? emoji.name;

/** The reactions after an update of the message, which says nothing of `me`: what one reacted with is kept. */
export function updated(old, told) {
  const own = new Set((old ?? []).filter((r) => r.me).map((r) => emojiKey(r.emoji)));
  return (told ?? old ?? []).map((r) => ({ ...r, me: own.has(emojiKey(r.emoji)) }));
}

/** The reactions after `change` of one emoji's count; an emoji that nobody reacts with any more goes. */
export function changed(old, emoji, change) {
  const reactions = [...(old ?? [])];
  const at = reactions.findIndex((r) => emojiKey(r.emoji) === emojiKey(emoji));
  const one = { emoji, ...change(at === -1 ? { count: 0, me: false } : reactions[at]) };
  if (at === -1) reactions.push(one);
  else reactions[at] = one;
  return reactions.filter((r) => r.count > 0);
}
