// The live feed: a WebSocket that comes back by itself. The first event after each start is a snapshot.

const FIRST_WAIT = 400;
const LONGEST_WAIT = 5_000;
const SILENCE = 12_000; // how long a connection may take to give its snapshot

export class Feed {
  /** `onEvent(name, data)` hears what happens; `onState(state)` hears "connecting", "open" and "lost". */
  constructor({ onEvent, onState }) {
    this.onEvent = onEvent;
    this.onState = onState;
    this.tries = 0;
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
  }

  /** Listen for `who()`, which gives a username each time it is asked; it may fail while the server is away. */
  start(who) {
    this.stop();
    this.who = who;
    this.onState("connecting");
    this.connect();
  }

  stop() {
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    const socket = this.socket;
    this.socket = null;
    this.turn = (this.turn ?? 0) + 1;
    socket?.close();
  }

  async connect() {
    const turn = this.turn;
    let username;
    try {
      username = await this.who();
    } catch {
      return turn === this.turn && this.again();
    }
    if (turn !== this.turn) return null;
    const url = new URL("control/feed", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("user", username);
    url.hash = "";
    const socket = new WebSocket(url);
    this.socket = socket;
    this.silence = setTimeout(() => socket.close(), SILENCE);
    socket.addEventListener("message", (event) => {
      if (this.socket !== socket) return;
      clearTimeout(this.silence);
      const { t: name, d: data } = JSON.parse(event.data);
      this.onEvent(name, data);
      if (name === "SNAPSHOT") {
        this.tries = 0;
        this.onState("open");
      }
    });
    socket.addEventListener("close", () => this.socket === socket && this.again());
    return null;
  }

  again() {
    clearTimeout(this.silence);
    this.socket = null;
    this.onState("lost");
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 1.7 ** this.tries) * (0.7 + 0.6 * Math.random());
    this.tries += 1;
    this.timer = setTimeout(() => this.connect(), wait);
  }

  /** Try now instead of later: the network is back, or somebody looks. */
  hurry() {
    if (this.socket || !this.who || !this.timer) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), 0);
  }
}
