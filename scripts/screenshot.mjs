// Takes docs/screenshot.png: the demo page of somebody who has marked a few films.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "./build.mjs";
import { serve } from "./serve.mjs";
import { setupBuild, setupTests } from "./setup.mjs";
import { root, script } from "./workspace.mjs";

await script(async () => {
  await setupBuild();
  await setupTests();
  await build();
  // These need npm packages, which are only there now.
  const { withBrowser } = await import("../tests/e2e/browser.mjs");
  const { openDemo } = await import("../tests/e2e/demo-page.mjs");

  const file = join(root, "docs", "screenshot.png");
  const server = await serve();
  try {
    await withBrowser("chromium", async (driver) => {
      const page = await openDemo(driver, server.origin);
      await page.andNewList(() => page.click('[data-testid="sample"]'));
      await driver.executeScript("scrollTo({ top: 0, behavior: 'instant' })");
      await page.until("the end of all motion", async () => (await driver.executeScript("return document.getAnimations().length")) === 0);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, await driver.takeScreenshot(), "base64");
    });
  } finally {
    await server.close();
  }
  console.log(file);
});
