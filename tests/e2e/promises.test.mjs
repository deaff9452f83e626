// What docs/reliability.md promises, in each browser, for a short while; longer: `npm run faults -- --promise 7`, `npm run soak`.

import { after, before, test } from "node:test";
import { PROMISES, keep } from "../faults/promises.mjs";
import { faultyBrowser } from "../faults/run.mjs";
import { browserNames } from "./browser.mjs";

for (const name of browserNames()) {
  /** @type {Awaited<ReturnType<typeof faultyBrowser>>} */
  let faulty;
  before(async () => {
    faulty = await faultyBrowser(name);
  });
  after(() => faulty?.close());

  for (const [number, { what, short }] of Object.entries(PROMISES)) {
    if (short) test(`${name}: promise ${number}, ${what}`, { timeout: 60_000 }, () => keep(faulty, number, short));
  }
}
