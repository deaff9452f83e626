// The demo's history is the library's: it outlives the page, is the same in two windows, belongs to a person, comes from files, and can be deleted;
// and nothing of it leaves the device.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { By, Key } from "selenium-webdriver";
import { CONTENT_SECURITY_POLICY, serve } from "../../scripts/serve.mjs";
import { inEachBrowser } from "./demo-suite.mjs";
import { openDemo } from "./demo-page.mjs";

const [MATRIX, ALIEN] = ["2571", "1214"];

/** What Letterboxd exports, of two films of the catalog and one that nobody knows. */
const RATINGS = `Date,Name,Year,Letterboxd URI,Rating
2024-03-01,The Matrix,1999,https://boxd.it/a,4.5
2024-03-02,Alien,1979,https://boxd.it/b,5
2024-03-03,No Such Film At All,2011,https://boxd.it/c,3
`;

/** All that IndexedDB has, as text. */
const KEPT = `
  const [name, done] = arguments;
  const open = indexedDB.open(name);
  open.onerror = () => done("none");
  open.onsuccess = () => {
    const all = open.result.transaction("batches").objectStore("batches").getAll();
    all.onsuccess = () => {
      open.result.close();
      done(all.result.map(({ user, lines }) => user + " " + new TextDecoder().decode(lines)).join(""));
    };
  };`;

inEachBrowser((suite) => {
  const ids = async (/** @type {import("./demo-page.mjs").DemoPage} */ page) => (await page.cards("for-you")).map(({ id }) => id);
  const kept = (/** @type {string} */ history) => /** @type {Promise<string>} */ (suite.driver.executeAsyncScript(KEPT, history));

  test("what was marked is there after a reload, and the list is the same; deleted, it is in no store", async () => {
    const history = "reload";
    const page = await openDemo(suite.driver, suite.origin, { history });
    await page.search("matrix the", MATRIX);
    await page.press("results", MATRIX, "like");
    await page.press("for-you", (await ids(page))[0] ?? "", "watch");
    const [list, shown] = [await ids(page), await page.find("history").getText()];
    const again = await openDemo(suite.driver, suite.origin, { history });
    assert.deepEqual([await ids(again), await again.find("history").getText()], [list, shown]);
    await again.search("matrix the", MATRIX);
    assert.deepEqual(await again.pressed("results", MATRIX), ["like"]);
    assert.match(await again.find("history-count").getText(), /^2 titles, 2 events$/);
    assert.match(await kept(history), /"2571"/);

    await again.andNewList(() => again.click(`[data-testid="history"] [data-item="${MATRIX}"] [data-testid="forget"]`));
    await again.until("the title to be nowhere", async () => !(await kept(history)).includes("2571"));
    await again.andNewList(() => again.click('[data-testid="reset"]'));
    await again.until("the store to be empty", async () => (await kept(history)) === "");
    await again.andNewList(() => again.click('[data-testid="news"] [data-testid="undo"]'));
    assert.match(await again.find("history-count").getText(), /^1 title, 1 event$/);
    await again.until("it to be kept again", async () => (await kept(history)) !== "");
  });

  test("a mark in one window moves the list in the other, and says so", async () => {
    const history = "windows";
    const first = await openDemo(suite.driver, suite.origin, { history });
    const [here, before] = [await suite.driver.getWindowHandle(), await ids(first)];
    await suite.driver.switchTo().newWindow("window");
    try {
      const second = await openDemo(suite.driver, suite.origin, { history });
      await second.search("alien", ALIEN);
      await second.press("results", ALIEN, "like");
      const expected = await ids(second);
      await suite.driver.close();
      await suite.driver.switchTo().window(here);
      await first.until("the other list", async () => String(await ids(first)) === String(expected));
      assert.notDeepEqual(expected, before);
      await first.until("a word of it", async () => /^In another window: Liked Alien\./.test(await first.news()));
      assert.match(await first.find("history").getText(), /Liked\s*Alien/);
    } finally {
      await suite.driver.switchTo().window(here);
    }
  });

  test("each person has a history of their own", async () => {
    const page = await openDemo(suite.driver, suite.origin, { history: "people" });
    const nobody = await ids(page);
    await page.andNewList(() => page.click('[data-testid="sample"]'));
    const yours = await ids(page);
    const choose = (/** @type {string} */ name) => page.find("person").findElement(By.css(`option[value="${name}"]`)).click();
    await page.click('[data-testid="add-person"]');
    await page.andNewList(() => page.find("person-name").sendKeys("Kim <b>", Key.ENTER));
    assert.deepEqual(await ids(page), nobody, "nothing is known of them");
    await page.search("alien", ALIEN);
    await page.press("results", ALIEN, "like");
    const kims = await ids(page);
    const again = await openDemo(suite.driver, suite.origin, { history: "people" });
    assert.equal(await again.find("person").getAttribute("value"), "Kim <b>", "who was watching is watching");
    assert.deepEqual(await ids(again), kims);
    await again.andNewList(() => choose(""));
    assert.deepEqual(await ids(again), yours);
    await again.andNewList(() => choose("Kim <b>"));
    await again.andNewList(() => again.click('[data-testid="remove-person"]'));
    assert.deepEqual(await ids(again), yours);
    assert.doesNotMatch(await again.find("person").getText(), /Kim/);
    await again.until("nothing of Kim's to be kept", async () => !(await kept("people")).includes("Kim"));
  });

  test("a file of another service is read; what it has twice is there once", async () => {
    const folder = await mkdtemp(join(tmpdir(), "watchnext-"));
    const file = join(folder, "ratings.csv");
    const page = await openDemo(suite.driver, suite.origin);
    const report = () => page.find("import-report").getText();
    try {
      await writeFile(file, RATINGS);
      await page.andNewList(() => page.find("import-file").sendKeys(file));
      await page.until("the report", async () => /From Letterboxd: 2 events added\..*1 title not in this catalog/s.test(await report()));
      assert.match(await page.find("history").getText(), /Rated 5\s*Alien.*2024.*Rated 4\.5\s*Matrix, The|Rated 5\s*Alien.*2024.*Rated 4\.5\s*The Matrix/s);
      await page.find("import-file").sendKeys(file);
      await page.until("the second report", async () => /nothing new/.test(await report()));
      assert.match(await page.find("history-count").getText(), /^2 titles, 2 events$/);
      await writeFile(file, "a,b\n1,2\n");
      await page.find("import-file").sendKeys(file);
      await page.until("a refusal", async () => /was not imported: .*found the columns a, b.*\(OPTION\)/.test(await report()));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("the browser is asked to keep it when space is short only when the viewer says so", async () => {
    const page = await openDemo(suite.driver, suite.origin, { history: "persist" });
    const offered = async () => (await page.find("persist").isDisplayed());
    if (!(await offered())) return void assert.equal(await suite.driver.executeScript("return !!navigator.storage?.persist"), false, "it is kept already, or cannot be asked for");
    // What browsers answer depends on how often somebody was here; some ask the viewer.
    for (const [answer, words] of /** @type {const} */ ([[false, /does not promise/], [true, /kept when space is short/]])) {
      await suite.driver.executeScript("window.asked = 0; StorageManager.prototype.persist = async () => { window.asked++; return arguments[0]; };", answer);
      assert.equal(await suite.driver.executeScript("return window.asked"), 0);
      await page.click('[data-testid="persist"] button');
      await page.until("an answer", async () => words.test(await page.news()));
      assert.deepEqual([await suite.driver.executeScript("return window.asked"), await offered()], [1, !answer]);
    }
  });

  test("nothing leaves the device: the page asks for its own files, with nothing in the requests, and for nothing else", { timeout: 60_000 }, async () => {
    /** What any server is asked. @type {{ method: string, url: string, bytes: number }[]} */
    const asked = [];
    // Between the browser and the page's server, so that nothing that the browser sends is overlooked.
    const inner = await serve({ headers: { "Content-Security-Policy": CONTENT_SECURITY_POLICY } });
    const server = createServer(async (request, response) => {
      let bytes = 0;
      for await (const chunk of request) bytes += chunk.length;
      asked.push({ method: request.method ?? "", url: request.url ?? "", bytes });
      const answer = await fetch(inner.origin + request.url, { method: request.method ?? "GET" }).catch(() => undefined);
      // The planted request may come when all is over.
      const body = await answer?.arrayBuffer().catch(() => undefined);
      if (!answer || !body) return void response.destroy();
      const { status, headers } = answer;
      const kept = ["content-type", "content-security-policy"].flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? ""]] : []));
      response.writeHead(status, Object.fromEntries(kept)).end(new Uint8Array(body));
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const folder = await mkdtemp(join(tmpdir(), "watchnext-"));
    try {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      const page = await openDemo(suite.driver, `http://127.0.0.1:${port}`);
      const loaded = asked.length;
      assert.ok(loaded > 10, "the server is what answers");
      await page.search("matrix the", MATRIX);
      await page.press("results", MATRIX, "like");
      await page.press("for-you", (await ids(page))[0] ?? "", "dislike");
      await page.andNewList(() => page.click('[data-testid="sample"]').catch(() => page.click('[data-testid="weights-auto"]')));
      const file = join(folder, "ratings.csv");
      await writeFile(file, RATINGS);
      await page.andNewList(() => page.find("import-file").sendKeys(file));
      await page.until("the report", async () => /2 events added/.test(await page.find("import-report").getText()));
      await page.click(`[data-testid="results"] [data-item="${MATRIX}"] [data-testid="more"]`);
      await page.until("the films like it", async () => (await page.cards("similar")).length > 0);
      await page.click('[data-testid="similar-close"]');
      await page.andNewList(() => page.click('[data-testid="reset"]'));
      for (const { method, url, bytes } of asked) {
        const isOwn = /^\/(\?[a-z0-9=&+]*)?$|^\/[a-z-]+\.(js|css|svg)$|^\/data\/(catalog\.json|model\.wnm)$|^\/dist\/[a-z-]+\.(js|wasm)$/.test(url) || url === "/favicon.ico";
        assert.ok(method === "GET" && bytes === 0 && isOwn, `${method} ${url} with ${bytes} bytes`);
      }
      // What is loaded when it is needed, of the package's own.
      assert.deepEqual(asked.slice(loaded).map(({ url }) => url).filter((url) => !/^\/(dist\/)?[a-z-]+\.js$/.test(url)), []);
      const tried = /** @type {string[]} */ (await suite.driver.executeScript(
        `return performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => !name.startsWith(location.origin))`,
      ));
      assert.deepEqual(tried, [], "nor was anybody else asked");
      // Whatever else the page tried would be refused, and another request of its own be seen.
      await suite.driver.executeScript(`fetch("/data/catalog.json?matrix=liked").catch(() => undefined)`);
      await page.until("the planted request to be seen", async () => asked.some(({ url }) => url.includes("liked")));
    } finally {
      server.closeAllConnections();
      server.close();
      await inner.close();
      await rm(folder, { recursive: true });
    }
  });

  test("none of it was against the page's Content Security Policy", () => {
    assert.equal(suite.violations.join("\n"), "");
  });
});
