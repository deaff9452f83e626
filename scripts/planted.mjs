// Tests that find nothing prove nothing: plants bugs into a copy of the source, one at a time, and lets those look for each that have to find it: the simulator those of
// the engine, unit tests those of histories, Node and Chromium those of where histories are kept. docs/testing.md lists them.
//
//   npm run planted -- [part of a description] [--only simulator,history,node,browser]

import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { setupBuild, setupTests } from "./setup.mjs";
import { Problem, root, run, script, targetDir } from "./workspace.mjs";

/** Rust for: what is in this variable is exchanged for what was in it the last time. @param {string} type @param {string} name */
const last = (type, name) =>
  `std::thread_local!(static LAST: std::cell::RefCell<${type}> = std::cell::RefCell::default());\n        let ${name} = LAST.replace(${name});`;

/** A bug: what goes wrong, in which file, and which text becomes which; and which test finds it, where that is not the group's. @typedef {[what: string, file: string, from: string, to: string, test?: string]} Bug */

/** What the simulator has to find. @type {Bug[]} */
const ENGINE = [
  ["a dead worker's message is not delivered again", "src/broker/mod.rs", "self.queues[queue].requeue(message);", "drop(message);"],
  ["a message is delivered once more than the limit allows", "src/broker/mod.rs", "message.attempts >= self.options.delivery_limit", "message.attempts > self.options.delivery_limit"],
  ["a dead letter is not told to who waits for it", "src/broker/mod.rs", "self.end(queue, id, Outcome::DeadLetter(letter));", "let _ = (id, letter);"],
  ["a worker that does not answer in time is replaced, but not stopped", "src/broker/mod.rs", "self.outputs.push(Output::Stop { worker });\n            self.died", "self.died"],
  ["nobody notices that a worker does not answer", "src/broker/mod.rs", "deadlines.filter(|&(_, at)| at <= now)", "deadlines.filter(|&(_, at)| at < 0.0 * now)"],
  ["what a worker replies counts for whatever message it has", "src/broker/queue.rs", "worker.message.take_if(|message| message.id == id)?;", "worker.message.take()?;"],
  ["a busy worker gets a second message", "src/broker/queue.rs", "self.workers[place].state == WorkerState::Idle)", "self.workers[place].state != WorkerState::Starting)"],
  ["a worker gets messages before it is ready", "src/broker/queue.rs", "self.workers[place].state == WorkerState::Idle)", "self.workers[place].state != WorkerState::Busy)"],
  ["a spare stays when the stuck worker has come back", "src/broker/queue.rs", "if self.counted(options) > self.size {", "if self.counted(options) > self.size + 1 {"],
  ["a queue takes more than its limit", "src/broker/queue.rs", "if self.waiting.len() < options.queue_limit {", "if self.waiting.len() < options.queue_limit * 9 {"],
  ["messages wait as on a stack", "src/broker/waiting.rs", ".is_gt()", ".is_lt()"],
  ["priorities count for nothing", "src/broker/waiting.rs", "f64::from(message.envelope.priority) * self.ageing", "0.0 * f64::from(message.envelope.priority) * self.ageing"],
  ["the urgent are served first for ever", "src/broker/waiting.rs", "f64::from(message.envelope.priority) * self.ageing", "f64::from(message.envelope.priority) * self.ageing * 1e6"],
  ["an expired message is run", "src/broker/waiting.rs", "message.has_expired(now))?", "message.has_expired(now - 1e9))?"],
  ["the circuit never opens", "src/broker/breaker.rs", "self.deaths >= options.restart_limit", "self.deaths >= options.restart_limit * 1000"],
  ["the circuit never closes", "src/broker/breaker.rs", "*self = Breaker::new();", "self.deaths = 0;"],
  ["while the circuit is half open, all workers start at once and again and again", "src/broker/breaker.rs", "if self.circuit == Circuit::HalfOpen { 1 } else { size }", "size + 1"],
  ["what is not needed any more is still computed", "src/engine/mod.rs", "self.broker(broker::Input::Cancel { request: id }, now, effects);\n            effects.push", "effects.push"],
  ["a scorer that came too late is said to be in the list", "src/engine/request.rs", "slots[scorer].is_asked() && !slots[scorer].is_here());\n            let unscored", "slots[scorer].is_asked() && !slots[scorer].is_here() && !slots[scorer].is_waiting());\n            let unscored"],
  ["a list is said to be complete that is not", "src/engine/answer.rs", "missing.is_empty() && unexplained.is_empty()", "unexplained.is_empty()"],
  ["what another worker still has is delivered again", "src/broker/mod.rs", "message.cancelled || self.queues[queue].is_with_a_worker(message.id)", "message.cancelled"],
  ["what takes long is given to everybody", "src/broker/queue.rs", "let may = alone && ", "let may = (alone || true) && "],
  ["a deadline passes unnoticed", "src/engine/mod.rs", "request.due <= now", "request.due + 50.0 <= now"],
  ["who waits for all gets a part", "src/engine/request.rs", "Some(_) => return Err(self.missing(slots)),", "Some(_) => {}"],
  ["a call is answered twice", "src/engine/mod.rs", "effects.push(Effect::Answer { call: request.call, answer });", "effects.push(Effect::Answer { call: request.call, answer: answer.clone() });\n            effects.push(Effect::Answer { call: request.call, answer });"],
  ["events that are recorded while calls are open are lost", "src/engine/mod.rs", ".record(events, &self.loaded.catalog)", ".record(if self.requests.is_empty() { events } else { Vec::new() }, &self.loaded.catalog)"],
  ["the profile of the call before is used", "src/engine/ask.rs", "Request { filter, rerank, seed, explain, wait, ..self.request(weights) };", `Request { filter, rerank, seed, explain, wait, ..self.request(weights) };\n        let profile = request.profile.clone();\n        ${last("Rc<Profile>", "profile")}\n        let request = Request { profile, ..request };`],
  ["the weights of the call before are used", "src/engine/ask.rs", "Request { filter, rerank, seed, explain, wait, ..self.request(weights) };", `Request { filter, rerank, seed, explain, wait, ..self.request(weights) };\n        let weights = request.weights.clone();\n        ${last("Vec<Score>", "weights")}\n        let request = Request { weights, ..request };`],
  ["the filter of the call before is used", "src/engine/ask.rs", "Request { filter, rerank, seed, explain, wait, ..self.request(weights) };", `Request { filter, rerank, seed, explain, wait, ..self.request(weights) };\n        let filter = request.filter.clone();\n        ${last("FilterOptions", "filter")}\n        let request = Request { filter, ..request };`],
  ["the filter is ignored", "src/engine/request.rs", "|item| filter.allows(item));", "|_| true);"],
  ["a message has the body of one that a worker has", "src/broker/queue.rs", "let message = Message::new(id, self.counts.published, now, envelope, body);", "let body = self.workers.iter().find_map(|worker| worker.message.as_ref().map(|message| message.body.clone())).unwrap_or(body);\n        let message = Message::new(id, self.counts.published, now, envelope, body);"],
  ["OVERLOADED though there is room", "src/broker/queue.rs", "options.overflow == Overflow::DropHead || self.waiting.len() < options.queue_limit", "options.overflow == Overflow::DropHead || self.waiting.len() + 1 < options.queue_limit"],
  ["a message is refused though there is room", "src/broker/queue.rs", "if self.waiting.len() < options.queue_limit {", "if self.waiting.len() + 1 < options.queue_limit {"],
  ["what a dead worker had is given up before its time is up", "src/broker/mod.rs", "} else if message.has_expired(now) {", "} else if message.has_expired(now + 100.0) {"],
  ["what nobody waits for any more is given to a second worker in the same breath", "src/broker/mod.rs", "= self.queues[queue].deliver(now) {", "= self.queues[queue].deliver(now).or_else(|| self.queues[queue].hedge(&self.options, now)) {"],
  ["with drop-head, calls are refused", "src/broker/queue.rs", "options.overflow == Overflow::DropHead || self.waiting", "self.waiting"],
  ["while a circuit is half open, the timer goes off at once, for ever", "src/broker/queue.rs", " && self.circuit() != Circuit::HalfOpen;", ";"],
  ["round robin always begins with the first", "src/broker/dispatch.rs", "(slot < self.next, slot)", "(false, slot)"],
  ["the weighted do not pay for being chosen", "src/broker/dispatch.rs", "self.credits[idle[place].0] -= total;", ""],
  ["who has handled the most is taken for least outstanding", "src/broker/dispatch.rs", "min_by_key(|&place| idle[place].1)?", "max_by_key(|&place| idle[place].1)?"],
  ["a history is lost when the catalog changes", "src/host/generations.rs", "host.engine.take_over(&mut before.engine);", "if host.engine.is_idle() && !before.engine.is_idle() {\n                host.engine.take_over(&mut before.engine);\n            }"],
  ["profiles are of the catalog before", "src/engine/mod.rs", "self.viewers.values_mut().for_each(", "self.viewers.values_mut().take(0).for_each("],
  ["calls go to the engine over the first catalog", "src/host/generations.rs", "self.hosts.last_mut().map(|(_, host)| host)", "self.hosts.first_mut().map(|(_, host)| host)"],
  ["the engine over the catalog before stays for ever", "src/host/generations.rs", "|(_, host)| host.engine().is_idle());", "|(_, host)| host.engine().is_idle() && false);"],
  ["the engine over the catalog before goes with what it has open", "src/host/generations.rs", "|(_, host)| host.engine().is_idle());", "|_| true);"],
  ["time stands still over the catalog before", "src/host/generations.rs", "_ => self.hosts.iter_mut().for_each(", "_ => self.hosts.iter_mut().rev().take(1).for_each("],
  ["what goes from the catalog stays in it", "src/catalog/patch.rs", "if going.find(id).is_some() {\n                continue;", "if going.find(id).is_some() && self.len() == 0 {\n                continue;"],
  ["what changes in the catalog stays as it was", "src/catalog/patch.rs", "Some((coming, place)) => push(&coming.source_text(coming.spans[place as usize]))?,", "Some(_) => push(&self.source_text(self.spans[item as usize]))?,"],
];

/** What unit tests have to find. @type {Bug[]} */
const HISTORY = [
  ["an event that comes again counts again", "src/history/log.rs", "        place.is_err()\n", "        true\n"],
  ["an event that comes after a later one of its origin is taken for known", "src/history/log.rs", "        place.is_err()\n", "        false\n"],
  ["events stand in the order in which they came", "src/history/log.rs", "        self.sort(before);\n", ""],
  ["what is forgotten stays in the profile", "src/history/log.rs", "        self.edition += u32::from(gone > 0);\n", ""],
  ["an event in the past is followed as if it were the last", "src/history/log.rs", "        if stay < before {\n            self.edition += 1;\n        }\n", "        let _ = stay;\n"],
  ["remove takes back all that is known of the item", "src/history/running.rs", "self.last = earlier[self.last as usize];", "self.last = NONE;"],
  ["remove takes back nothing", "src/history/running.rs", "item.take_back(&self.earlier, events);", "let _ = (&self.earlier, Item::take_back as fn(&mut Item, &[u32], &[Event]));"],
  ["what is taken back leaves its genres in the profile", "src/history/running.rs", "[(before, -1), (now, 1)]", "[(before, 0), (now, 1)]"],
  ["an undone event leaves its time behind", "src/history/running.rs", "self.time = standing.first().map_or(0.0, |&last| events[last as usize].time);", ""],
  ["what is seen no more stays seen", "src/history/running.rs", "Ok(place) if !is_in => drop(items.remove(place)),", "Ok(_) if !is_in => {}"],
  ["the profile misses what came with others", "src/history/running.rs", "self.followed = events.len();\n            self.finish", "self.followed = events.len();\n            if events.len() % 3 > 0 { return self.profile.clone(); }\n            self.finish"],
  ["what was chosen rests all the same", "src/history/rest.rs", "shown.showings.clear();", ""],
  ["each drawing of a page is a showing", "src/history/rest.rs", "event.time - before >= SITTING", "event.time - before >= 0.0"],
  ["a showing never fades", "src/history/rest.rs", "libm::exp2(-(days / HALF_LIFE_DAYS + later / HALF_LIFE_SHOWINGS))", "libm::exp2(-(0.0 * days / HALF_LIFE_DAYS + later / HALF_LIFE_SHOWINGS))"],
  ["a damaged line costs those after it", "src/history/line.rs", "self.record(lines.filter_map(|line| {", "self.record(lines.map_while(|line| {"],
  ["what is disliked continues", "src/engine/continuing.rs", "last(&[Like, Rate, Dislike]) == Some(Dislike) || ", ""],
  ["an episode that was watched continues", "src/engine/continuing.rs", "find(|&next| !is_finished(next) && ", "find(|&next| "],
  ["what was undone continues", "src/engine/continuing.rs", "EventKind::Remove => drop(told[item].0.pop()),", "EventKind::Remove => {}"],
  ["a series continues twice", "src/engine/continuing.rs", "units.intern(catalog.id(standing)) < count as u32 || ", "units.intern(catalog.id(item)) < count as u32 || "],
  ["episodes are in the catalog's order", "src/catalog/series.rs", "i64::from(season) << 32 | i64::from(episode as u32 ^ 1 << 31)", "i64::from(season + episode) * 0"],
  ["a list has each episode", "src/catalog/series.rs", "self.standing(series) != item)", "self.standing(series) > item && false)"],
  ["an episode of another series comes next", "src/catalog/series.rs", ".take_while(move |&episode| self.find(episode) == series)", ".take_while(move |_| series.is_some())"],
  ["years count for nothing when titles are matched", "src/engine/matching.rs", "let Some(year) = year else {", "let Some(year) = year.filter(|_| same.len() > 1) else {"],
  ["of two titles that are alike the first is taken", "src/engine/matching.rs", "if let [only] = same[..] { Some((only, BY_TITLE)) } else { None }", "same.first().map(|&only| (only, BY_TITLE))"],
  ["an id at TMDB is taken for one at IMDB", "src/engine/matching.rs", "tmdb.and_then(|number| by_id(-number))", "tmdb.and_then(by_id)"],
];

/** What tests in Node have to find. @type {Bug[]} */
const SCRIPTS = [
  ["an event is acknowledged that no store has", "js/history.ts", "for (const { done } of own) done(durable ?? false);", "for (const { done } of own) done(true);"],
  ["what the store does not take is gone", "js/history.ts", "else this.#here.set(user, lines);", ""],
  ["what was kept is kept again with the next batch", "js/history.ts", "if (durable) this.#here.delete(user);", "if (durable) this.#here.set(user, lines);"],
  ["each event is a transaction", "js/history.ts", "if (this.#waiting.push({ user, lines, done }) === 1) this.#work = this.#work.then(() => this.#flush());", "this.#work = this.#work.then(() => (this.#waiting.push({ user, lines, done }), this.#flush()));"],
  ["a batch does not wait for the rest of a burst", "js/history.ts", "while (this.#isMoreComing() && ", "while (this.#waiting.length < 0 && "],
  ["a batch is upside down", "js/history.ts", "own.map(({ lines }) => lines).join(\"\")", "own.map(({ lines }) => lines).reverse().join(\"\")"],
  ["what is recorded while something is forgotten is forgotten", "js/history.ts", "this.#work = this.#work.then(() => this.#flush());", "void this.#flush();"],
  ["what waits for the store comes back when it was forgotten", "js/history.ts", "this.#here.set(user, keep(this.#here.get(user) ?? \"\"));", ""],
  ["a store that fails is not told of", "js/history.ts", "      this.#tell({ code, message: `The history could", "      void ({ code, message: `The history could"],
  ["no space is told as any other trouble", "js/history.ts", "name === \"QuotaExceededError\" ?", "name === \"\" ?"],
  ["a history is cleared by name only", "js/transfer.ts", "item === undefined ? \"\" : lines", "item === \"\" ? \"\" : lines"],
  ["what is forgotten stays in the store", "js/transfer.ts", "parsed(line)?.item !== item)", "parsed(line)?.item !== null)"],
  ["what could not be forgotten is said to be", "js/history.ts", "isGone = !store || forgotten === true;", "isGone = !store || forgotten !== false;"],
  ["what was exported is imported into nothing", "js/transfer.ts", "...(await record(events)), unread: 0", "...(await record([])), unread: 0"],
  ["what was not found is not told", "js/transfer.ts", "return void unmatched.push(", "return void [].push("],
  ["a file that has grown adds what it had", "js/readers.ts", "Math.floor(Number(event.time) / DAY)", "event.time"],
  ["days are taken for months", "js/readers.ts", "const daysFirst = dates.some(", "const daysFirst = dates.every("],
  ["stars of ten are taken for stars of five", "js/readers.ts", "(Number(rating) / (columns.best ?? 5)) * 5", "Number(rating)"],
  ["a cut off line is kept in the midst", "js/file-store.ts", "if (from !== undefined) await handle.truncate(from);", ""],
  ["names that differ in case share a file", "js/file-store.ts", "Buffer.from(user)", "Buffer.from(user.toLowerCase())"],
  ["the same list is news", "js/live.ts", "const isNews = !last ||", "const isNews = true || !last ||"],
  ["a list does not say what made it", "js/live.ts", "events: this.#events };", "events: [] as WatchEvent[] };"],
  ["a list goes on when it was stopped", "js/live.ts", "  stop(): void {\n    this.#stop.abort();", "  stop(): void {"],
  ["a list follows what others do", "js/live.ts", "if (!users.includes(detail.user)) return;", ""],
  ["a list for two follows the first alone", "js/live.ts", "users.includes(detail.user)", "users[0] === detail.user"],
  ["what happens while a list is made is passed over", "js/live.ts", "        this.#changed = false;\n        const { name: _", "        const { name: _"],
  ["the smallest share counts for nothing", "js/together.ts", " + Math.min(...shares);", ";"],
  ["what one member has seen is in the list for two", "js/together.ts", "recommend({ ...options, limit: MOST }, user)", "recommend({ ...options, limit: MOST, filter: { ...options.filter, seen: \"include\" } }, user)"],
  ["a stream is taken as fast as it comes", "js/ingest.ts", "if (batch.length >= AHEAD) await", "if (batch.length < 0) await"],
  ["good events before a bad one are lost", "js/ingest.ts", "if (place > 0) add(await record(events.slice(0, place)));", ""],
  ["a stream is not told that nobody listens", "js/ingest.ts", "if (!isOver) void Promise", "if (isOver) void Promise"],
  ["a stream goes on when it was aborted", "js/ingest.ts", "signal?.addEventListener(\"abort\", onAbort);", ""],
  ["one person's history is another's", "js/connection.ts", "user === \"\" ? command : { user: [user, command] }", "command"],
  ["a person's former history is not known", "js/connection.ts", "if (user !== \"\") await this.#known(user);", ""],
  ["news that comes while an engine starts is dropped", "js/supervisor.ts", "this.#replay(histories.concat(this.#heard.splice(0)));", "this.#replay(histories);"],
];

/** What tests in Chromium have to find. @type {Bug[]} */
const BROWSER = [
  ["a migration begins anew", "js/indexed-db.ts", "    database.createObjectStore(LISTS);", "    database.deleteObjectStore(BATCHES);\n    database.createObjectStore(BATCHES, { autoIncrement: true }).createIndex(BY_USER, \"user\");\n    database.createObjectStore(LISTS);"],
  ["a database is not brought to today's version", "js/indexed-db.ts", "MIGRATIONS.slice(oldVersion)", "MIGRATIONS.slice(0, oldVersion === 0 ? 9 : 0)"],
  ["an older version cannot open what a newer has made", "js/indexed-db.ts", "request.error?.name === \"VersionError\"", "request.error?.name === \"\""],
  ["a newer version has to wait for an older tab", "js/indexed-db.ts", "          database.close();\n          this.#database = undefined;", "          this.#wasOpen = true;"],
  ["a connection that was closed is not opened again", "js/indexed-db.ts", "if (this.#database === opening) this.#database = undefined;", "if (this.#database !== opening) this.#database = undefined;"],
  ["a deleted database is not told of", "js/indexed-db.ts", "if (oldVersion === 0 && this.#wasOpen) {", "if (oldVersion > 9 && this.#wasOpen) {"],
  ["a damaged batch is not told of", "js/indexed-db.ts", "? [lines] : [DAMAGED]", "? [lines] : []"],
  ["batches that are put together are upside down", "js/indexed-db.ts", "        const [start, ...others] = found;", "        const [start, ...others] = found.reverse();"],
  ["of batches that are put together one is lost", "js/indexed-db.ts", "        for (const [, part] of found) {", "        for (const [, part] of found.slice(0, -1)) {"],
  ["an event is acknowledged before it is on the disk", "js/indexed-db.ts", "        transaction.oncomplete = () => resolve(request.result);", "        if (mode === \"readwrite\") resolve(1 as T);\n        transaction.oncomplete = () => resolve(request.result);"],
  ["the last list has what was forgotten", "js/indexed-db.ts", "transaction.objectStore(LISTS).delete(", "void ("],
  ["what another tab keeps meanwhile is forgotten", "js/history.ts", "store.rewrite(user, keep) :", "store.read(user).then((all) => store.rewrite(user, () => keep(all.map((part) => new TextDecoder().decode(part)).join(\"\")))) :"],
  ["tabs do not hear of each other", "js/history.ts", "      this.#tabs?.postMessage({ user, lines: news } satisfies News);", ""],
  ["tabs do not hear what is forgotten", "js/history.ts", "    this.#tabs?.postMessage({ user, lines: \"\", forgets: true, item } satisfies News);", ""],
  ["what a tab could not keep comes back when another has forgotten it", "js/history.ts", "if (data.forgets) void this.#forget(data.user, data.item).catch(() => undefined);", ""],
  ["the last list is not marked as stale", "js/live.ts", ", events: [], stale: true });", ", events: [] });"],
];

const copy = join(targetDir, "planted");
const inCopy = { env: { CARGO_TARGET_DIR: targetDir, SEEDS: "1500" }, output: /** @type {const} */ ("keep") };
// Not optimised: it is compiled anew for each bug, and finds most of them at once.
const CARGO = ["test", "--no-default-features", "--manifest-path", join(copy, "Cargo.toml")];
const cargo = (/** @type {string[]} */ ...args) => run("cargo", [...CARGO, ...args], inCopy);

/**
 * The copy's tests of its package. Types do not matter to a bug.
 * @param {Record<string, string>} env
 * @param {string[]} files
 */
async function tests(env, ...files) {
  const limit = LIMIT * (env.BROWSER ? 3 : 1);
  const compiled = await run("tsc", ["--project", join(copy, "tsconfig.json"), "--noCheck", "--outDir", join(copy, "pkg")], { output: "keep" });
  if (!compiled.ok) return { ok: false, text: `could not compile\n${compiled.text}` };
  const { bundle } = await import("./bundle.mjs");
  await bundle(join(copy, "pkg"), join(copy, "dist"));
  const args = ["--test", "--test-reporter=spec", "--test-concurrency=1", `--test-timeout=${limit}`, ...files.map((file) => join(copy, "tests", file))];
  return run(process.execPath, args, { output: "keep", env });
}

/** How long a file of tests may take before it counts as failed, in milliseconds; three times as long in a browser. */
const LIMIT = 60_000;

/** By name: bugs, and what looks for them. @type {Record<string, { bugs: Bug[], look: (test?: string) => Promise<{ ok: boolean, text: string }> }>} */
const GROUPS = {
  simulator: { bugs: ENGINE, look: () => cargo("--test", "simulation", "--", "promises") },
  history: { bugs: HISTORY, look: () => cargo("--lib", "--", "history::", "engine::", "catalog::series") },
  node: { bugs: SCRIPTS, look: () => tests({}, ...["history", "live", "streams", "together", "import", "supervisor"].map((name) => `node/${name}.test.mjs`)) },
  browser: { bugs: BROWSER, look: (test = "history") => tests({ BROWSER: "chromium" }, `e2e/${test}.test.mjs`) },
};

/** All of them. */
export const BUGS = [...ENGINE, ...HISTORY, ...SCRIPTS, ...BROWSER];

if (process.argv[1] === import.meta.filename) await script(async () => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: "string", default: Object.keys(GROUPS).join() } } });
  const only = values.only.split(",");
  const unknown = only.find((name) => !(name in GROUPS));
  if (unknown !== undefined) throw new Problem(`--only ${unknown}: there are ${Object.keys(GROUPS).join(", ")}`);
  await setupBuild();
  await rm(copy, { recursive: true, force: true });
  await mkdir(copy, { recursive: true });
  const ofPackage = only.some((name) => name === "node" || name === "browser");
  if (ofPackage) {
    await setupTests();
    await build();
    for (const name of ["js", "pkg", "scripts", "examples", "www", "README.md", "package.json", "tsconfig.json"]) await cp(join(root, name), join(copy, name), { recursive: true });
    await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  }
  for (const name of ["Cargo.toml", "Cargo.lock", "src", "tests", "benches", "docs"]) {
    await cp(join(root, name), join(copy, name), { recursive: true });
  }
  const [wanted = ""] = positionals;
  let [found, all] = [0, 0];
  for (const [name, { bugs: inGroup, look }] of Object.entries(GROUPS)) {
    const bugs = inGroup.filter(([what]) => only.includes(name) && what.includes(wanted));
    if (bugs.length === 0) continue;
    const untouched = await look();
    if (!untouched.ok) throw new Problem(`${name}: fails without a planted bug:\n${untouched.text}`);
    for (const [what, file, from, to, test] of bugs) {
      const path = join(copy, file);
      const source = await readFile(path, "utf8");
      if (source.split(from).length !== 2) throw new Problem(`${file} does not have exactly one:\n${from}`);
      await writeFile(path, source.replace(from, () => to));
      const { ok, text } = await look(test);
      await writeFile(path, source);
      if (text.includes("could not compile")) throw new Problem(`with "${what}" it does not compile:\n${text}`);
      found += ok ? 0 : 1;
      all += 1;
      const said = text.match(/panicked at [^\n]*\n([^\n]*)/)?.[1] ?? text.match(/✖ (?!failing)(.*?)(?: \([\d.]+ms\))?\n/)?.[1] ?? "";
      console.log(`${ok ? "✘ not found" : "✔ found"}: ${what}${said ? ` (${said.slice(0, 120)})` : ""}`);
    }
  }
  console.log(`${found} of ${all} planted bugs found`);
  if (found < all) process.exitCode = 1;
});
