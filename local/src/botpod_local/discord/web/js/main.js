// Puts the page together.

import { App } from "./app.js";

new App().start();
