// The harness itself: each browser opens a page from our server, and the page can do what the library needs of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { By, until } from "selenium-webdriver";
import { serve } from "../../scripts/serve.mjs";
import { browserNames, withBrowser } from "./browser.mjs";

const page = `<!doctype html><title>harness</title><button>add</button><output>0</output>
<script type="module">
  const output = document.querySelector("output");
  const worker = new Worker("/worker.js", { type: "module" });
  worker.onmessage = ({ data }) => (output.textContent = data);
  document.querySelector("button").onclick = () => worker.postMessage(Number(output.textContent));
</script>`;

const worker = `onmessage = ({ data }) => postMessage(data + 1);`;

for (const name of browserNames()) {
  test(`${name} runs a page with a module worker and takes clicks`, async () => {
    /** @type {(type: string, body: string) => import("../../scripts/serve.mjs").Handler} */
    const send = (type, body) => (_, response) => void response.writeHead(200, { "Content-Type": type }).end(body);
    const routes = new Map([
      ["/", send("text/html", page)],
      ["/worker.js", send("text/javascript", worker)],
    ]);
    const server = await serve({ routes });
    try {
      await withBrowser(name, async (driver) => {
        await driver.get(`${server.origin}/`);
        assert.equal(await driver.getTitle(), "harness");
        const output = await driver.findElement(By.css("output"));
        for (const count of ["1", "2"]) {
          await driver.findElement(By.css("button")).click();
          await driver.wait(until.elementTextIs(output, count), 10_000);
        }
      });
    } finally {
      await server.close();
    }
  });
}
