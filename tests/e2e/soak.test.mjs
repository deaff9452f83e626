// Two hours of live lists, whose memory `npm run soak` looks at for a day: each event's list comes, and nothing that was left stays.

import assert from "node:assert/strict";
import { test } from "node:test";
import { liveSoak } from "../soak/run.mjs";
import { browserNames } from "./browser.mjs";

for (const browser of browserNames()) {
  test(`${browser}: two hours of live lists leave nothing behind, and one that leaks does`, { timeout: 120_000 }, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { left, lists } = await liveSoak({ browser, hours: 2, seed, items: 1000 });
    assert.deepEqual(left, { listeners: 0, locks: 0, afterClosing: 0 }, `seed ${seed}`);
    assert.ok(lists > 60, `seed ${seed}: ${lists} lists`);
    const leaking = await liveSoak({ browser, hours: 2, seed, items: 1000, plant: true });
    assert.ok(leaking.left.listeners > 0, `seed ${seed}: what was not left is not seen`);
  });
}
