// A list above the field one types in: arrows choose, Enter or Tab takes, Escape closes.

import { fill, h } from "./dom.js";

let count = 0;

export class Suggestions {
  /** `field` is what one types in; `host` is where the list is shown. */
  constructor(host, label) {
    count += 1;
    this.id = `suggestions-${count}`;
    this.list = h("ul", { class: "suggestions", role: "listbox", id: this.id, "aria-label": label, hidden: true });
    this.items = [];
    host.append(this.list);
  }

  get open() {
    return !this.list.hidden;
  }

  /** Offer `items` for `field`; `draw(item)` gives an item's children, `take(item)` is called with the chosen one. */
  show(field, items, { draw, take, heading = null }) {
    if (items.length === 0) return this.hide();
    const before = this.items[this.active];
    Object.assign(this, { field, items, take });
    this.active = Math.max(0, before ? items.findIndex((item) => item.key === before.key) : 0);
    const options = items.map((item, n) =>
      h("li", { role: "option", id: `${this.id}-${n}`, onPointerdown: (event) => event.preventDefault(), onClick: () => this.choose(n), onPointermove: () => this.move(n) }, draw(item)),
    );
    fill(this.list, heading ? h("li", { class: "heading", role: "presentation" }, heading) : null, options);
    this.options = options;
    this.list.hidden = false;
    field.setAttribute("aria-controls", this.id);
    this.mark();
    return undefined;
  }

  hide() {
    this.list.hidden = true;
    this.items = [];
    this.field?.removeAttribute("aria-activedescendant");
  }

  move(n) {
    if (n === this.active) return;
    this.active = n;
    this.mark();
  }

  mark() {
    this.options.forEach((option, n) => option.setAttribute("aria-selected", String(n === this.active)));
    this.options[this.active].scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", this.options[this.active].id);
  }

  choose(n) {
    const item = this.items[n];
    const { take } = this;
    this.hide();
    take(item);
  }

  /** Take a key that is meant for the list; gives whether it was. */
  key(event) {
    if (!this.open || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.move((this.active + step + this.items.length) % this.items.length);
    else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) this.choose(this.active);
    else if (event.key === "Escape") this.hide();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
