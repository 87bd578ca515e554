// Buttons and menus below a bot's message.

import { h } from "./dom.js";

const BUTTON = 2;
const STRING_SELECT = 3;
const LINK = 5;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary" };

/** The rows of a message's components. While one is being answered, all of them wait. */
export function components(app, message) {
  if (!message.components?.length) return null;
  const waiting = app.waitingOn(message.id);
  return h("div", { class: "components" }, message.components.map((row) => h("div", { class: "row" }, (row.components ?? []).map((each) => one(app, message, each, waiting)))), failure(waiting));
}

function failure(waiting) {
  return waiting?.failed ? h("p", { class: "note problem", role: "alert" }, "This interaction failed: the application did not respond.") : null;
}

function one(app, message, component, waiting) {
  const busy = waiting && !waiting.failed;
  if (component.type === BUTTON) return button(app, message, component, busy, waiting);
  const { options, pick } = menuOptions(app, component);
  return menu(component, options, component.disabled || busy, (values) => app.select(message, component, values), pick);
}

function button(app, message, component, busy, waiting) {
  const label = [component.emoji?.name, component.label].filter(Boolean).join(" ");
  const look = `button ${STYLES[component.style] ?? "secondary"}`;
  if (component.style === LINK) return h("a", { class: look, href: component.url, target: "_blank", rel: "noopener noreferrer nofollow" }, label, h("span", { "aria-hidden": "true" }, " ↗"));
  const mine = busy && waiting.customId === component.custom_id;
  return h("button", { type: "button", class: mine ? `${look} waiting` : look, disabled: Boolean(component.disabled || busy), "aria-busy": mine ? "true" : null, onClick: () => app.click(message, component) }, label);
}

/** What a menu offers: its own options, or the people, roles and channels there are. */
export function menuOptions(app, component) {
  if (component.type === STRING_SELECT) return { options: component.options, pick: "an option" };
  const { store } = app;
  const channel = app.channel();
  const people = store.peopleIn(channel).map((user) => ({ value: user.id, label: `@${store.nameOf(user.id, channel.guild_id)}` }));
  const roles = [...(store.guilds.get(channel.guild_id)?.roles.values() ?? [])].map((role) => ({ value: role.id, label: `@${role.name.replace(/^@/, "")}` }));
  const channels = channel.guild_id ? store.channelsOf(channel.guild_id).map((each) => ({ value: each.id, label: `#${each.name}` })) : [];
  return { 5: { options: people, pick: "a person" }, 6: { options: roles, pick: "a role" }, 7: { options: [...people, ...roles], pick: "a person or a role" }, 8: { options: channels, pick: "a channel" } }[component.type];
}

function menu(component, options, disabled, choose, pick) {
  const label = component.placeholder ?? `Choose ${pick}`;
  const least = component.min_values ?? 1;
  const most = component.max_values ?? 1;
  if (most > 1) return several(component, options, disabled, choose, { label, least, most });
  const select = h(
    "select",
    { class: "menu-select", "aria-label": label, disabled: Boolean(disabled), onChange: (event) => event.target.value !== "" && choose([event.target.value]) },
    h("option", { value: "", disabled: least > 0, selected: true }, label),
    options.map((option) => h("option", { value: option.value, selected: option.default ?? false }, text(option))),
  );
  return select;
}

function several(component, options, disabled, choose, { label, least, most }) {
  const boxes = options.map((option) => h("input", { type: "checkbox", value: option.value, checked: option.default ?? false, disabled: Boolean(disabled) }));
  const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const send = h("button", { type: "button", class: "button primary", onClick: () => choose(chosen()) }, "Choose");
  const check = () => (send.disabled = Boolean(disabled) || chosen().length < least || chosen().length > most);
  check();
  const hint = least === most ? `${most}` : `${least} to ${most}`;
  return h(
    "fieldset",
    { class: "several", onChange: check },
    h("legend", {}, `${label} (${hint})`),
    options.map((option, n) => h("label", {}, boxes[n], text(option))),
    send,
  );
}

function text(option) {
  const name = [option.emoji?.name, option.label].filter(Boolean).join(" ");
  return option.description ? `${name} — ${option.description}` : name;
}
