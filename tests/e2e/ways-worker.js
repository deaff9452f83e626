// A worker of a page's own, dedicated, shared or a service worker, that starts a recommender in itself.

import { createRecommender } from "/dist/inline.js";
import { list } from "./ways-page.js";

/** @param {any} port */
const answer = (port) => list({ createRecommender }).then((report) => port.postMessage(report), (error) => port.postMessage({ error: `${error.code} ${error.message}` }));

if ("onconnect" in self) self.onconnect = (/** @type {MessageEvent} */ { ports }) => void answer(ports[0]);
else if ("clients" in self) self.onmessage = (/** @type {any} */ event) => void event.waitUntil(answer(event.ports[0]));
else answer(self);
