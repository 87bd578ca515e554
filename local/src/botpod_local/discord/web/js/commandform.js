// A command about to be used: its name, a field for each option, and what is still missing.

import { ATTACHMENT, BOOLEAN, CHANNEL, complaint, INTEGER, MENTIONABLE, NUMBER, ROLE, STRING, USER, valueOf } from "./commands.js";
import { menuOptions } from "./components.js";
import { fill, h, iconButton } from "./dom.js";
import { Suggestions } from "./suggestions.js";

const MENUS = { [USER]: 5, [ROLE]: 6, [MENTIONABLE]: 7, [CHANNEL]: 8 };
const PAUSE = 150; // milliseconds without typing before completions are asked for

export class CommandForm {
  /** `done(values)` is called with the options' values, `cancel()` when one changes one's mind. */
  constructor(app, host, command, { first = "", done, cancel }) {
    Object.assign(this, { app, command, done, cancel });
    this.fields = new Map();
    this.row = h("div", { class: "command-fields" });
    this.more = h("div", { class: "command-more" });
    this.hint = h("p", { class: "command-hint", id: "command-hint" });
    this.problem = h("p", { class: "command-problem", role: "alert" });
    const name = h("span", { class: "command-name" }, `/${command.name}`);
    const close = iconButton("close", "Leave the command", () => cancel());
    this.element = h("div", { class: "command-form", role: "group", tabIndex: -1, "aria-label": `Command ${command.name}, Enter uses it` }, h("div", { class: "command-line" }, name, this.row, close), this.more, this.hint, this.problem);
    this.suggestions = new Suggestions(host, "Completions");
    for (const option of command.options) if (option.required) this.add(option);
    if (this.fields.size === 0 && first !== "" && command.options.length > 0) this.add(command.options[0]);
    const [field] = this.fields.values();
    if (field && first !== "" && field.option.type === STRING && !field.option.choices) field.input.value = first;
    this.drawMore();
    this.describe(null);
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.stopListening = this.listen();
  }

  listen() {
    const heard = ({ detail }) => (detail.id === this.asked ? this.complete(detail.choices) : (this.early = detail));
    this.app.store.addEventListener("completions", heard);
    return () => this.app.store.removeEventListener("completions", heard);
  }

  remove() {
    this.stopListening();
    clearTimeout(this.timer);
    this.suggestions.list.remove();
    this.element.remove();
  }

  focus() {
    const [field] = this.fields.values();
    (field?.input ?? this.element).focus();
  }

  add(option) {
    const input = this.input(option);
    input.id = `option-${option.name}`;
    input.setAttribute("aria-describedby", "command-hint");
    if (option.required) input.setAttribute("aria-required", "true");
    input.addEventListener("focus", () => this.describe(option));
    input.addEventListener("input", () => this.changed(option));
    const away = option.required ? null : iconButton("close", `Leave out ${option.name}`, () => this.drop(option));
    const element = h("div", { class: "command-field" }, h("label", { for: input.id }, option.name), input, away);
    this.fields.set(option.name, { option, input, element });
    this.row.append(element);
  }

  drop(option) {
    this.fields.get(option.name).element.remove();
    this.fields.delete(option.name);
    this.drawMore();
    this.focus();
  }

  input(option) {
    if (option.choices?.length) return this.select(option, option.choices.map((choice) => ({ value: String(choice.value), label: choice.name })));
    if (option.type === BOOLEAN) return this.select(option, [{ value: "true", label: "True" }, { value: "false", label: "False" }]);
    if (MENUS[option.type]) return this.select(option, menuOptions(this.app, { type: MENUS[option.type] }).options);
    if (option.type === ATTACHMENT) return h("input", { type: "text", disabled: true, placeholder: "files can't be given to commands here" });
    return h("input", { type: "text", autocomplete: "off", size: 18, maxlength: option.max_length, inputmode: option.type === INTEGER ? "numeric" : option.type === NUMBER ? "decimal" : null });
  }

  select(option, choices) {
    return h("select", {}, h("option", { value: "" }, option.required ? "choose …" : "—"), choices.map((choice) => h("option", { value: choice.value }, choice.label)));
  }

  drawMore() {
    const left = this.command.options.filter((option) => !this.fields.has(option.name));
    const button = (option) =>
      h("button", {
        type: "button",
        title: option.description,
        onClick: () => {
          this.add(option);
          this.drawMore();
          this.fields.get(option.name).input.focus();
        },
      }, `+ ${option.name}`);
    fill(this.more, left.length > 0 ? [h("span", { class: "hint" }, "Optional:"), left.map(button)] : null);
  }

  describe(option) {
    const { command } = this;
    const text = option ? `${option.name}: ${option.description ?? ""}${option.required ? "" : " (optional)"}` : command.description;
    fill(this.hint, text, h("span", { class: "from" }, ` — ${this.app.store.nameOf(command.bot.user.id)}`));
  }

  changed(option) {
    fill(this.problem);
    this.fields.get(option.name).input.removeAttribute("aria-invalid");
    if (!option.autocomplete) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(option), PAUSE);
  }

  async ask(option) {
    const { app, command } = this;
    const others = [...this.fields.values()].filter((field) => field.option !== option && field.input.value !== "" && !complaint(field.option, field.input.value));
    const options = Object.fromEntries(others.map((field) => [field.option.name, valueOf(field.option, field.input.value)]));
    const field = this.fields.get(option.name);
    if (!field) return;
    const begun = await app.attempt(app.api.complete(app.channelId, command.bot.application_id, command.name, option.name, { ...options, [option.name]: field.input.value }));
    this.asked = begun?.id;
    this.asking = option;
    const early = this.early?.id === this.asked ? this.early.choices : null;
    if (early) this.complete(early);
  }

  complete(choices) {
    const field = this.fields.get(this.asking?.name);
    if (!field || document.activeElement !== field.input) return;
    this.suggestions.show(field.input, choices.map((choice) => ({ ...choice, key: choice.name })), {
      draw: (choice) => [h("span", { class: "name" }, choice.name)],
      take: (choice) => {
        field.input.value = String(choice.value);
        fill(this.problem);
      },
    });
  }

  key(event) {
    if (this.suggestions.key(event) || event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.cancel();
    } else if (event.key === "Enter" && event.target.tagName !== "BUTTON") {
      event.preventDefault();
      this.send();
    } else if (event.key === "Backspace" && !event.target.value && this.fields.size <= 1) {
      event.preventDefault();
      this.cancel();
    }
  }

  /** Use the command, unless something is missing or wrong: then say so at the field. */
  send() {
    for (const { option, input } of this.fields.values()) {
      const wrong = complaint(option, input.value);
      if (wrong) {
        fill(this.problem, wrong);
        input.setAttribute("aria-invalid", "true");
        return input.focus();
      }
    }
    const given = [...this.fields.values()].filter(({ input }) => input.value.trim() !== "");
    return this.done(Object.fromEntries(given.map(({ option, input }) => [option.name, valueOf(option, input.value.trim())])));
  }
}
