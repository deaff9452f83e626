// A simulator that finds nothing proves nothing: plants bugs into a copy of the source, one at a time, and lets the simulator
// look for each. docs/testing.md lists them. `npm run planted`

import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setupBuild } from "./setup.mjs";
import { Problem, root, run, script, targetDir } from "./workspace.mjs";

/** Rust for: what is in this variable is exchanged for what was in it the last time. @param {string} type @param {string} name */
const last = (type, name) =>
  `std::thread_local!(static LAST: std::cell::RefCell<${type}> = std::cell::RefCell::default());\n        let ${name} = LAST.replace(${name});`;

/** Each: what goes wrong, in which file, and which text becomes which. @type {[string, string, string, string][]} */
export const BUGS = [
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
  ["events that are recorded while calls are open are lost", "src/engine/mod.rs", ".record(events, &self", ".record(if self.requests.is_empty() { events } else { Vec::new() }, &self"],
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
];

const copy = join(targetDir, "planted");
// Not optimised: it is compiled anew for each bug, and finds most of them at once.
const TEST = ["test", "--no-default-features", "--manifest-path", join(copy, "Cargo.toml"), "--test", "simulation", "--", "promises"];

if (process.argv[1] === import.meta.filename) await script(async () => {
  await setupBuild();
  await rm(copy, { recursive: true, force: true });
  await mkdir(copy, { recursive: true });
  for (const name of ["Cargo.toml", "Cargo.lock", "src", "tests", "benches"]) {
    await cp(join(root, name), join(copy, name), { recursive: true });
  }
  const inCopy = { env: { CARGO_TARGET_DIR: targetDir, SEEDS: "1500" }, output: /** @type {const} */ ("keep") };
  const untouched = await run("cargo", TEST, inCopy);
  if (!untouched.ok) throw new Problem(`the simulator fails without a planted bug:\n${untouched.text}`);
  const wanted = process.argv[2];
  let found = 0;
  const bugs = BUGS.filter(([what]) => !wanted || what.includes(wanted));
  for (const [what, file, from, to] of bugs) {
    const path = join(copy, file);
    const source = await readFile(path, "utf8");
    if (source.split(from).length !== 2) throw new Problem(`${file} does not have exactly one:\n${from}`);
    await writeFile(path, source.replace(from, () => to));
    const { ok, text } = await run("cargo", TEST, inCopy);
    await writeFile(path, source);
    if (text.includes("could not compile")) throw new Problem(`with "${what}" it does not compile:\n${text}`);
    found += ok ? 0 : 1;
    const said = text.match(/panicked at [^\n]*\n([^\n]*)/)?.[1] ?? "";
    console.log(`${ok ? "✘ not found" : "✔ found"}: ${what}${said ? ` (${said.slice(0, 120)})` : ""}`);
  }
  console.log(`${found} of ${bugs.length} planted bugs found`);
  if (found < bugs.length) process.exitCode = 1;
});
