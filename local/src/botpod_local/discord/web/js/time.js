// Moments as people read them, in the reader's own zone and language.

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "short" });
const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const BOTH = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const UNITS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** "14:05". */
export const clockTime = (date) => CLOCK.format(date);

/** "Saturday, 21 November 2026 at 14:05". */
export const longTime = (date) => LONG.format(date);

/** "Today", "Yesterday" or the date. */
export function dayName(date, now = new Date()) {
  const days = Math.round((midnight(now) - midnight(date)) / 86_400_000);
  return days === 0 ? "Today" : days === 1 ? "Yesterday" : DAY.format(date);
}

/** "14:05", with the date in front of it unless it was today. */
export function shortTime(date, now = new Date()) {
  return midnight(date) === midnight(now) ? CLOCK.format(date) : `${dayName(date, now)}, ${CLOCK.format(date)}`;
}

/** "in 5 minutes", from Unix seconds. */
export function relative(seconds, now = Date.now()) {
  const away = seconds - now / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(away) >= length) ?? UNITS.at(-1);
  return RELATIVE.format(Math.round(away / size), unit);
}

/** A moment of a message's text in the style its writer asked for. */
export function styled({ seconds, style }) {
  const format = { t: CLOCK, T: SECONDS, d: SHORT_DAY, D: DAY, f: BOTH, F: LONG }[style];
  return format.format(new Date(seconds * 1000));
}

function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
