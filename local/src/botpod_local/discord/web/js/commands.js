// Slash commands as lists and values, without the page. Pure.

export const SUBCOMMAND = 1;
export const GROUP = 2;
export const STRING = 3;
export const INTEGER = 4;
export const BOOLEAN = 5;
export const USER = 6;
export const CHANNEL = 7;
export const ROLE = 8;
export const MENTIONABLE = 9;
export const NUMBER = 10;
export const ATTACHMENT = 11;

const CHAT_INPUT = 1;

/** Everything that can be used, subcommands each on their own: {key, name, description, options, bot}. */
export function usable(bots) {
  return bots
    .flatMap((bot) => bot.here.filter((command) => (command.type ?? CHAT_INPUT) === CHAT_INPUT).flatMap((command) => spread(command, command.name, bot)))
    .sort((a, b) => a.name.localeCompare(b.name));
}

function spread(command, name, bot) {
  const options = command.options ?? [];
  const inner = options.filter((option) => option.type === SUBCOMMAND || option.type === GROUP);
  if (inner.length > 0) return inner.flatMap((option) => spread(option, `${name} ${option.name}`, bot));
  return [{ key: `${bot.application_id}/${name}`, name, description: command.description ?? "", options, bot }];
}

/** Those that `typed` (what stands behind the slash) may mean: names that begin with it, then those that contain it. */
export function matching(commands, typed) {
  const wanted = typed.toLowerCase();
  const begins = commands.filter((command) => command.name.startsWith(wanted));
  const contains = commands.filter((command) => !command.name.startsWith(wanted) && command.name.includes(wanted));
  return [...begins, ...contains];
}

/** The one command that `text` ("/ask how are you") calls, with what stands behind it; null while that's unclear. */
export function called(commands, text) {
  if (!text.startsWith("/")) return null;
  const found = commands.filter((command) => text.slice(1).startsWith(`${command.name} `));
  if (found.length !== 1) return null;
  return { command: found[0], rest: text.slice(found[0].name.length + 2).trimStart() };
}

/** What is wrong with `text` as the value of `option`: a sentence, or null. An empty text is only wrong if required. */
export function complaint(option, text) {
  const value = text.trim();
  if (value === "") return option.required ? `${option.name} is required.` : null;
  if (option.type === STRING) {
    if (option.min_length && value.length < option.min_length) return `${option.name} needs at least ${option.min_length} characters.`;
    if (option.max_length && value.length > option.max_length) return `${option.name} takes at most ${option.max_length} characters.`;
  }
  if (option.type === INTEGER && !/^[+-]?\d+$/.test(value)) return `${option.name} must be a whole number.`;
  if (option.type === NUMBER && !Number.isFinite(Number(value))) return `${option.name} must be a number.`;
  if (option.type === INTEGER || option.type === NUMBER) {
    if (option.min_value !== undefined && Number(value) < option.min_value) return `${option.name} must be at least ${option.min_value}.`;
    if (option.max_value !== undefined && Number(value) > option.max_value) return `${option.name} must be at most ${option.max_value}.`;
  }
  return null;
}

/** The value that is sent for `text`. */
export function valueOf(option, text) {
  if (option.type === INTEGER || option.type === NUMBER) return Number(text);
  if (option.type === BOOLEAN) return text === "true";
  return text;
}
