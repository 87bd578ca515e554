// A form that a bot opens over the page.

import { h, iconButton } from "./dom.js";
import { menuOptions } from "./components.js";

const TEXT_INPUT = 4;
const PARAGRAPH = 2;

/** Show the form; what is written goes to the bot that opened it. */
export function modal(app, { id: interaction, title, components }) {
  const fields = components.map((row) => labelled(app, row)).filter(Boolean);
  const send = h("button", { type: "submit", class: "button primary" }, "Submit");
  const form = h(
    "form",
    { method: "dialog" },
    h("header", {}, h("h2", { id: "modal-title" }, title), iconButton("close", "Close", () => dialog.close())),
    h("p", { class: "hint" }, "This form goes to the bot. Don't give it a password."),
    fields.map(({ element }) => element),
    h("footer", {}, h("button", { type: "button", class: "button secondary", onClick: () => dialog.close() }, "Cancel"), send),
  );
  const dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title" }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    const values = Object.fromEntries(fields.map(({ customId, input }) => [customId, input.value]));
    const begun = await app.attempt(app.api.submit(interaction, values));
    send.disabled = false;
    if (begun) dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    // The browser has given the focus back already, but Chromium types nothing into a field that got it while the
    // dialog went away; it has to be given anew, a moment later.
    document.activeElement?.blur();
    setTimeout(() => app.composer.focus(), 50);
  });
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.input.focus();
}

/** A row with a text field, or a label around a field. */
function labelled(app, row) {
  const field = row.component ?? row.components?.[0];
  if (!field) return null;
  const input = field.type === TEXT_INPUT ? text(field) : choice(app, field);
  const id = `field-${field.custom_id}`;
  input.id = id;
  const name = row.label ?? field.label ?? field.placeholder ?? "Choose";
  const required = field.required ?? (field.min_values ?? 1) > 0;
  const label = h("label", { for: id }, name, required ? h("span", { class: "required", "aria-hidden": "true" }, " *") : null);
  const hint = row.description ? h("p", { class: "hint", id: `${id}-hint` }, row.description) : null;
  if (hint) input.setAttribute("aria-describedby", hint.id);
  return { customId: field.custom_id, input, element: h("div", { class: "form-field" }, label, hint, input) };
}

function text(field) {
  const shared = { placeholder: field.placeholder, required: field.required ?? true, minlength: field.min_length, maxlength: field.max_length ?? 4000, value: field.value ?? "" };
  return field.style === PARAGRAPH ? h("textarea", { rows: 5, ...shared }) : h("input", { type: "text", ...shared });
}

function choice(app, field) {
  const { options, pick } = menuOptions(app, field);
  return h("select", { required: (field.min_values ?? 1) > 0 }, h("option", { value: "" }, field.placeholder ?? `Choose ${pick}`), options.map((option) => h("option", { value: option.value, selected: option.default ?? false }, option.label)));
}
