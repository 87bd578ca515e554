// What this tab knows: people, places, messages. Events come in as Discord's gateway would send them; views listen
// for the names in `Store.tell`. Nothing here touches the page.

import { changed, updated } from "./tally.js";
import { Unread } from "./unread.js";

export const TEXT = 0;
export const DM = 1;
export const CATEGORY = 4;
export const EPHEMERAL = 1 << 6;
export const LOADING = 1 << 7;
const TYPING_MILLISECONDS = 10_000;
const TALKABLE = new Set([0, 1, 5, 10, 11, 12]);

/** Snowflakes in order of time; they are too long for numbers. */
export const byId = (a, b) => (a.length - b.length || (a < b ? -1 : a > b ? 1 : 0));

export class Store extends EventTarget {
  constructor() {
    super();
    this.unread = new Unread();
    this.forget();
  }

  /** Forget everything, before another person's or another server's world is loaded. */
  forget() {
    this.me = null;
    this.users = new Map();
    this.guilds = new Map();
    this.channels = new Map();
    this.bots = new Map();
    this.messages = new Map();
    this.loaded = new Set();
    this.complete = new Set();
    this.typing = new Map();
  }

  tell(what, detail = {}) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }

  /** Take in one event: its name and data. */
  apply(name, data) {
    this[`on${name}`]?.(data);
  }

  // Asking

  user(id) {
    return this.users.get(id) ?? { id, username: "someone", global_name: null };
  }

  /** What a person is called in a place. */
  nameOf(id, guildId = null) {
    const user = this.user(id);
    return this.guilds.get(guildId)?.members.get(id)?.nick ?? user.global_name ?? user.username;
  }

  /** What to call a channel: its name, or whom one talks with. */
  channelName(channel) {
    if (channel.type !== DM) return channel.name ?? "unknown";
    return this.nameOf(this.partner(channel)?.id ?? "", null);
  }

  partner(channel) {
    return (channel.recipients ?? []).find((user) => user.id !== this.me) ?? channel.recipients?.[0];
  }

  /** The channels one can write in, as the list shows them. */
  channelsOf(guildId) {
    return [...this.channels.values()]
      .filter((channel) => channel.guild_id === guildId && TALKABLE.has(channel.type))
      .sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || byId(a.id, b.id));
  }

  directChannels() {
    return [...this.channels.values()].filter((channel) => channel.type === DM);
  }

  /** Those who can be talked with in a channel, bots first. */
  peopleIn(channel) {
    const ids = channel.type === DM ? [this.me, ...channel.recipients.map((u) => u.id)] : [...(this.guilds.get(channel.guild_id)?.members.keys() ?? [])];
    return [...new Set(ids)].map((id) => this.user(id)).sort((a, b) => Number(b.bot ?? false) - Number(a.bot ?? false) || this.nameOf(a.id, channel.guild_id).localeCompare(this.nameOf(b.id, channel.guild_id)));
  }

  messagesIn(channelId) {
    return [...(this.messages.get(channelId)?.values() ?? [])].sort((a, b) => byId(a.id, b.id));
  }

  /** "online" or "offline" for a bot, else null. */
  botState(userId) {
    return this.bots.get(userId)?.status ?? null;
  }

  /** The bots one can use here, each with the commands it offers here. */
  botsIn(channel) {
    const here = new Set(channel ? this.peopleIn(channel).map((user) => user.id) : []);
    return [...this.bots.values()]
      .filter((bot) => here.has(bot.user.id))
      .map((bot) => ({ ...bot, here: [...bot.commands.filter((c) => channel.guild_id || c.dm_permission !== false), ...(bot.guild_commands[channel.guild_id] ?? [])] }));
  }

  message(channelId, id) {
    return this.messages.get(channelId)?.get(id);
  }

  typingIn(channelId, now = Date.now()) {
    return [...(this.typing.get(channelId) ?? [])].filter(([id, until]) => until > now && id !== this.me).map(([id]) => id);
  }

  // Events

  onSNAPSHOT({ user, users, bots, guilds, private_channels: direct }) {
    this.forget();
    this.me = user.id;
    for (const each of users) this.users.set(each.id, each);
    for (const bot of bots) this.bots.set(bot.user.id, bot);
    for (const guild of guilds) this.addGuild(guild);
    for (const channel of direct) this.addChannel(channel);
    this.unread.begin(user.username);
    for (const channel of this.channels.values()) this.unread.meet(channel.id, channel.last_message_id);
    this.tell("ready");
  }

  onPRESENCE_UPDATE({ user, status }) {
    const bot = this.bots.get(user.id);
    if (bot) bot.status = status;
    this.tell("places");
  }

  onCOMMANDS_UPDATE({ application_id: applicationId, guild_id: guildId, commands }) {
    const bot = [...this.bots.values()].find((each) => each.application_id === applicationId);
    if (!bot) return;
    if (guildId) bot.guild_commands[guildId] = commands;
    else bot.commands = commands;
    this.tell("commands");
  }

  onGUILD_CREATE(guild) {
    this.addGuild(guild);
    this.tell("places");
  }

  addGuild(guild) {
    const members = new Map((guild.members ?? []).map((member) => [member.user.id, member]));
    const roles = new Map((guild.roles ?? []).map((role) => [role.id, role]));
    this.guilds.set(guild.id, { id: guild.id, name: guild.name, members, roles });
    for (const member of guild.members ?? []) this.users.set(member.user.id, member.user);
    for (const channel of [...(guild.channels ?? []), ...(guild.threads ?? [])]) this.addChannel({ ...channel, guild_id: guild.id });
  }

  addChannel(channel) {
    for (const user of channel.recipients ?? []) this.users.set(user.id, user);
    this.channels.set(channel.id, { ...this.channels.get(channel.id), ...channel });
  }

  onCHANNEL_CREATE(channel) {
    this.addChannel(channel);
    this.tell("places");
  }

  onCHANNEL_UPDATE(channel) {
    this.onCHANNEL_CREATE(channel);
  }

  onTHREAD_CREATE(channel) {
    this.onCHANNEL_CREATE(channel);
  }

  onTHREAD_UPDATE(channel) {
    this.onCHANNEL_CREATE(channel);
  }

  onTHREAD_DELETE(channel) {
    this.onCHANNEL_DELETE(channel);
  }

  onCHANNEL_DELETE({ id }) {
    this.channels.delete(id);
    this.messages.delete(id);
    this.tell("places");
  }

  onGUILD_MEMBER_ADD(member) {
    this.users.set(member.user.id, member.user);
    this.guilds.get(member.guild_id)?.members.set(member.user.id, member);
    this.tell("places");
  }

  onGUILD_MEMBER_REMOVE({ guild_id: guildId, user }) {
    this.guilds.get(guildId)?.members.delete(user.id);
    this.tell("places");
  }

  /** Older messages, as REST gives them; `complete` says that there is nothing before them. */
  addHistory(channelId, messages, complete) {
    const there = this.place(channelId);
    for (const message of messages) if (!there.has(message.id)) there.set(message.id, this.learn(message));
    if (complete) this.complete.add(channelId);
    this.tell("messages", { channelId, history: true });
  }

  place(channelId) {
    if (!this.messages.has(channelId)) this.messages.set(channelId, new Map());
    return this.messages.get(channelId);
  }

  learn(message) {
    if (!message.webhook_id || !this.users.has(message.author.id)) this.users.set(message.author.id, message.author);
    for (const user of message.mentions ?? []) this.users.set(user.id, { ...this.users.get(user.id), ...user });
    return message;
  }

  onMESSAGE_CREATE(message) {
    this.learn(message);
    this.place(message.channel_id).set(message.id, message);
    this.typing.get(message.channel_id)?.delete(message.author.id);
    const channel = this.channels.get(message.channel_id);
    if (channel) channel.last_message_id = message.id;
    const mine = message.author.id === this.me;
    const direct = channel?.type === DM;
    if (!mine) this.unread.add(message.channel_id, message.id, direct || this.mentionsMe(message));
    this.tell("messages", { channelId: message.channel_id, message, mine });
    this.tell("typing", { channelId: message.channel_id });
    this.tell("unread");
  }

  mentionsMe(message) {
    return message.mention_everyone || (message.mentions ?? []).some((user) => user.id === this.me);
  }

  onMESSAGE_UPDATE(message) {
    const there = this.place(message.channel_id);
    const old = there.get(message.id);
    if (!old) return;
    there.set(message.id, { ...old, ...message, reactions: updated(old.reactions, message.reactions) });
    this.tell("messages", { channelId: message.channel_id });
  }

  onMESSAGE_DELETE({ channel_id: channelId, id }) {
    this.place(channelId).delete(id);
    this.tell("messages", { channelId });
  }

  onMESSAGE_DELETE_BULK({ channel_id: channelId, ids }) {
    for (const id of ids) this.place(channelId).delete(id);
    this.tell("messages", { channelId });
  }

  onMESSAGE_REACTION_ADD({ channel_id: channelId, message_id: id, user_id: userId, emoji }) {
    this.react(channelId, id, emoji, (there) => ({ count: there.count + 1, me: there.me || userId === this.me }));
  }

  onMESSAGE_REACTION_REMOVE({ channel_id: channelId, message_id: id, user_id: userId, emoji }) {
    this.react(channelId, id, emoji, (there) => ({ count: there.count - 1, me: there.me && userId !== this.me }));
  }

  onMESSAGE_REACTION_REMOVE_EMOJI({ channel_id: channelId, message_id: id, emoji }) {
    this.react(channelId, id, emoji, () => ({ count: 0, me: false }));
  }

  onMESSAGE_REACTION_REMOVE_ALL({ channel_id: channelId, message_id: id }) {
    const message = this.message(channelId, id);
    if (message) message.reactions = [];
    this.tell("messages", { channelId });
  }

  react(channelId, id, emoji, change) {
    const message = this.message(channelId, id);
    if (!message) return;
    message.reactions = changed(message.reactions, emoji, change);
    this.tell("messages", { channelId });
  }

  onTYPING_START({ channel_id: channelId, user_id: userId }) {
    if (!this.typing.has(channelId)) this.typing.set(channelId, new Map());
    this.typing.get(channelId).set(userId, Date.now() + TYPING_MILLISECONDS);
    this.tell("typing", { channelId });
    setTimeout(() => this.tell("typing", { channelId }), TYPING_MILLISECONDS + 50);
  }

  onINTERACTION_AUTOCOMPLETE(data) {
    this.tell("completions", data);
  }

  onINTERACTION_SUCCESS(data) {
    this.tell("interaction", { ...data, outcome: "answered" });
  }

  onINTERACTION_FAILURE(data) {
    this.tell("interaction", { ...data, outcome: "failed" });
  }

  onINTERACTION_MODAL_CREATE(data) {
    this.tell("modal", data);
  }
}
