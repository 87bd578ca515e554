// Who one is: a menu of people. The choice belongs to the tab, so that two tabs can be two people.

import { avatar } from "./avatar.js";
import { h, icon } from "./dom.js";

const KEY = "person";

/** The person this tab was last, by name; the address wins (`?user=Ada`). */
export function remembered() {
  return new URLSearchParams(location.search).get("user") ?? sessionStorage.getItem(KEY);
}

/** Keep who this tab is; by name, which outlives a server that starts anew. */
export function remember(username) {
  sessionStorage.setItem(KEY, username);
  const url = new URL(location.href);
  if (url.searchParams.has("user")) {
    url.searchParams.delete("user");
    history.replaceState(null, "", url);
  }
}

/** The button that says who one is, and its menu. */
export function switcher(app) {
  const { store } = app;
  const me = store.user(store.me);
  const name = store.nameOf(store.me);
  const people = [...store.users.values()].filter((user) => !user.bot).sort((a, b) => store.nameOf(a.id).localeCompare(store.nameOf(b.id)));
  const menu = h("div", { class: "menu", role: "menu", id: "people-menu", "aria-label": "Be another person", hidden: true }, people.map((user) => choice(app, user, () => show(false))));
  const button = h(
    "button",
    { type: "button", class: "who", "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": "people-menu", onClick: () => show(menu.hidden) },
    avatar(me, name),
    h("span", { class: "stack" }, h("span", { class: "name" }, name), h("span", { class: "hint" }, "You, in this tab")),
    icon("down"),
  );
  const show = (shown) => {
    menu.hidden = !shown;
    button.setAttribute("aria-expanded", String(shown));
    if (shown) (menu.querySelector("[aria-checked=true]") ?? menu.firstElementChild)?.focus();
    else if (menu.contains(document.activeElement)) button.focus();
  };
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      event.stopPropagation();
      show(false);
    } else if (step) {
      event.preventDefault();
      const items = [...menu.children];
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    }
  });
  const whole = h("div", { class: "switcher" }, menu, button);
  whole.addEventListener("focusout", (event) => !whole.contains(event.relatedTarget) && show(false));
  return whole;
}

function choice(app, user, close) {
  const { store } = app;
  const mine = user.id === store.me;
  const be = () => {
    close();
    if (!mine) app.be(user.username);
  };
  return h(
    "button",
    { type: "button", role: "menuitemradio", "aria-checked": String(mine), tabIndex: -1, onClick: be },
    avatar(user, store.nameOf(user.id)),
    h("span", { class: "name" }, store.nameOf(user.id)),
    mine ? h("span", { class: "hint" }, "you") : null,
  );
}
