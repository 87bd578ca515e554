// The stand-in's control API, which acts for a person. Each call gives what the server answers, or throws an Error
// whose message is a sentence for people.

const SECONDS = 15;

export class Api {
  /** Who the calls are made for: a username. */
  constructor(username = null) {
    this.username = username;
  }

  async call(operation, body) {
    let response;
    try {
      response = await fetch(`control/${operation}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(SECONDS * 1000),
      });
    } catch {
      throw new Error("The stand-in does not answer; try again when it is back.");
    }
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.error ?? `The stand-in answered ${response.status}.`);
    return answer;
  }

  /** Everyone and everything; with this call a tab finds out who it can be. */
  state() {
    return this.call("state", {});
  }

  history(channel, { before, limit }) {
    return this.call("messages", { channel, user: this.username, limit, ...(before ? { before } : {}) });
  }

  async send(channel, { content, replyTo, files }) {
    const attachments = await Promise.all(files.map(encode));
    return this.call("post", { channel, author: this.username, content, ...(replyTo ? { reply_to: replyTo } : {}), ...(attachments.length > 0 ? { attachments } : {}) });
  }

  edit(channel, message, content) {
    return this.call("edit", { channel, message, author: this.username, content });
  }

  remove(channel, message) {
    return this.call("delete", { channel, message, author: this.username });
  }

  react(channel, message, emoji) {
    return this.call("react", { channel, message, user: this.username, emoji });
  }

  unreact(channel, message, emoji) {
    return this.call("unreact", { channel, message, user: this.username, emoji });
  }

  type(channel) {
    return this.call("type", { channel, user: this.username });
  }

  openDirect(other) {
    return this.call("open_dm", { user: this.username, other });
  }

  command(channel, bot, name, options) {
    return this.call("command", { channel, user: this.username, bot, name, options });
  }

  complete(channel, bot, name, focused, options) {
    return this.call("autocomplete", { channel, user: this.username, bot, name, focused, options });
  }

  click(channel, message, customId) {
    return this.call("click", { channel, message, user: this.username, custom_id: customId });
  }

  select(channel, message, customId, values) {
    return this.call("select", { channel, message, user: this.username, custom_id: customId, values });
  }

  submit(interaction, values) {
    return this.call("submit", { interaction, values });
  }
}

async function encode(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  // In slices, because a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return { filename: file.name, content_type: file.type || "application/octet-stream", content_base64: btoa(text) };
}
