// @ts-nocheck: arithmetic on typed arrays, whose every place would have to be looked at.
// Made-up interactions in any number, the same for the same seed: items by a power law within tastes, viewers of a few tastes each, who
// watch some things in order, and a log that is in order of time, everybody's rows mixed.
//
//   node benches/large/generate.mjs --out F.csv [--interactions 20000000] [--items 100000] [--viewers 250000] [--seed 1]

import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { parseArgs } from "node:util";

/** How many tastes there are for a hundred items, and how many a viewer has. */
const ITEMS_OF_A_TASTE = 250;
const TASTES = 4;
/** The popularity of what has rank r, a taste or an item in its taste, is (r + 3) to the power of −this. */
const EXPONENT = 1.1;
const FIRST = 3;
/** The logarithm of a viewer's number of interactions is spread by this. */
const SPREAD = 1;
const MOST = 3000;
/** How often what comes next is the next part of what was just watched, of the same taste, or of any. */
const SEQUEL = 0.15;
const SAME_TASTE = 0.6;
const ANY_OF_OWN = 0.15;
const YEARS = 3;

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    interactions: { type: "string", default: "20000000" },
    items: { type: "string", default: "100000" },
    viewers: { type: "string", default: "250000" },
    seed: { type: "string", default: "1" },
  },
});
if (!values.out) throw new Error("--out is missing");
const [wanted, items, viewers] = [Number(values.interactions), Number(values.items), Number(values.viewers)];

// xoshiro128** (Blackman and Vigna 2018), seeded by splitmix32.
const state = new Uint32Array(4);
let mixed = Number(values.seed) >>> 0;
for (let place = 0; place < 4; place++) {
  mixed = (mixed + 0x9e3779b9) >>> 0;
  let z = mixed;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  state[place] = (z ^ (z >>> 15)) >>> 0;
}
function random() {
  const [s0, s1, s2, s3] = state;
  const product = Math.imul(s1, 5);
  const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
  const two = s2 ^ s0;
  const three = s3 ^ s1;
  state[1] = s1 ^ two;
  state[0] = s0 ^ three;
  state[2] = two ^ (s1 << 9);
  state[3] = (three << 11) | (three >>> 21);
  return result / 2 ** 32;
}
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** A rank from 0 to below `count`, drawn by the power law: the inverse of its distribution, taken as continuous. */
function rank(count) {
  const [from, to] = [FIRST ** (1 - EXPONENT), (count + FIRST) ** (1 - EXPONENT)];
  return Math.min(count - 1, Math.floor((from + random() * (to - from)) ** (1 / (1 - EXPONENT)) - FIRST));
}

// Item i is the one of rank floor(i / tastes) in taste i % tastes. Tastes, too, are more and less popular.
const tastes = Math.max(1, Math.round(items / ITEMS_OF_A_TASTE));
const ofTaste = (taste) => Math.floor((items - 1 - taste) / tastes) + 1;

const user = new Uint32Array(wanted);
const item = new Uint32Array(wanted);
const time = new Uint32Array(wanted);
const end = YEARS * 365 * 86400;
const mean = wanted / viewers;
let count = 0;
for (let viewer = 0; count < wanted; viewer++) {
  const length = Math.min(MOST, wanted - count, Math.max(3, Math.round(mean * Math.exp(SPREAD * normal() - SPREAD ** 2 / 2))));
  const own = Array.from({ length: TASTES }, () => rank(tastes));
  const seen = new Set();
  let taste = own[0];
  let last = -1;
  // Evenings: most gaps are of minutes, some of days.
  let now = random() * end * 0.8;
  const pace = (end * 0.2) / length;
  for (let place = 0; place < length; place++) {
    let next;
    for (let attempt = 0; attempt < 8; attempt++) {
      const chance = random();
      if (last >= 0 && chance < SEQUEL && attempt === 0) next = last + tastes < items ? last + tastes : last;
      else {
        if (chance < SEQUEL + ANY_OF_OWN || place === 0) taste = own[Math.floor(random() * TASTES)];
        else if (chance > SEQUEL + ANY_OF_OWN + SAME_TASTE) taste = rank(tastes);
        next = rank(ofTaste(taste)) * tastes + taste;
      }
      if (!seen.has(next)) break;
    }
    // Who has seen all of it watches something of the long tail.
    while (seen.has(next)) next = Math.floor(random() * items);
    seen.add(next);
    last = next;
    user[count] = viewer;
    item[count] = next;
    now += random() < 0.7 ? 600 + random() * 6000 : pace * 3 * random();
    time[count] = Math.min(end - 1, now);
    count += 1;
  }
}

// In order of time, stable, by two passes of a radix sort.
let order = Uint32Array.from({ length: count }, (_, place) => place);
for (const shift of [0, 16]) {
  const starts = new Uint32Array(65537);
  for (let place = 0; place < count; place++) starts[((time[order[place]] >>> shift) & 65535) + 1] += 1;
  for (let digit = 0; digit < 65536; digit++) starts[digit + 1] += starts[digit];
  const sorted = new Uint32Array(count);
  for (let place = 0; place < count; place++) sorted[starts[(time[order[place]] >>> shift) & 65535]++] = order[place];
  order = sorted;
}

const EPOCH = 1_600_000_000;
const file = createWriteStream(values.out);
let text = "user,item,timestamp\n";
for (let place = 0; place < count; place++) {
  const row = order[place];
  text += `${user[row] + 1},${item[row] + 1},${EPOCH + time[row]}\n`;
  if (text.length > 1 << 20) {
    if (!file.write(text)) await once(file, "drain");
    text = "";
  }
}
file.end(text);
await once(file, "finish");
console.log(`${values.out}: ${count} interactions of at most ${viewers} viewers, ${items} items`);
