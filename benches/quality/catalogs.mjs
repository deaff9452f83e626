// Catalogs of other shapes than MovieLens', made up: the same for the same seed.

/** @typedef {{ name: string, items: Record<string, any>[], fields: Partial<Record<"id" | "title" | "genres" | "year" | "popularity" | "tags" | "description", string>> }} Made */

/** Numbers from 0 to 1: mulberry32. @param {number} seed */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * What catalogs are drawn with.
 * @param {number} seed
 */
function draws(seed) {
  const random = chance(seed);
  const below = (/** @type {number} */ count) => Math.floor(random() * count);
  /** A few places are drawn often, most hardly ever. @param {number} count @param {number} steepness */
  const zipf = (count, steepness) => Math.min(count - 1, Math.floor(count ** random() ** (1 / steepness)) - 1);
  /** @template T @param {readonly T[]} list @returns {T} */
  const of = (list) => /** @type {T} */ (list[below(list.length)]);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const word = () => Array.from({ length: 2 + below(2) }, () => of("bdfgklmnprstvz".split("")) + of("aeiou".split(""))).join("");
  return { random, below, zipf, of, normal, word };
}

/** How many watch what, over five orders of magnitude. @param {number} normal */
const audience = (normal) => Math.round(Math.exp(6 + 2 * normal));

/** Books: one to three shelves, an author who stays with few of them, tags of the shelves. @returns {Made} */
function books() {
  const { random, below, zipf, of, normal, word } = draws(11);
  const shelves = ["Fantasy", "Romance", "Thriller", "History", "Biography", "Science", "Poetry", "Horror", "Travel", "Cooking", "Philosophy", "Young Adult", "Crime", "Classics", "Humour", "Art", "Politics", "Religion", "Sports", "Comics"];
  const vocabulary = shelves.map(() => Array.from({ length: 60 }, word));
  const tags = shelves.map((shelf) => Array.from({ length: 25 }, (_, place) => `${shelf.toLowerCase()} ${place}`));
  const everywhere = Array.from({ length: 30 }, (_, place) => `mood ${place}`);
  const authors = Array.from({ length: 900 }, () => ({ name: `${word()} ${word()}`, home: zipf(shelves.length, 0.8), fame: normal() }));
  const items = Array.from({ length: 3000 }, (_, id) => {
    const author = of(authors);
    const places = new Set([random() < 0.8 ? author.home : zipf(shelves.length, 0.8)]);
    while (random() < 0.4 && places.size < 3) places.add(zipf(shelves.length, 0.8));
    const shelf = () => of([...places]);
    return {
      book_id: id,
      name: Array.from({ length: 1 + below(4) }, () => of(vocabulary[shelf()] ?? [])).join(" "),
      shelves: [...places].map((place) => shelves[place]),
      authors: [author.name],
      tags: [author.name, ...Array.from({ length: 2 + below(5) }, () => (random() < 0.7 ? of(tags[shelf()] ?? []) : of(everywhere)))],
      published: 1930 + Math.floor(94 * Math.sqrt(random())),
      ratings_count: audience(0.6 * author.fame + 0.8 * normal()),
    };
  });
  return { name: "books, with authors and tags (made up)", items, fields: { id: "book_id", title: "name", genres: "shelves", year: "published", popularity: "ratings_count", tags: "tags" } };
}

/** Shows of streaming services: a type, one or two genres, the service as tag, a description. @returns {Made} */
function shows() {
  const { random, below, zipf, of, normal, word } = draws(12);
  const genres = ["Drama", "Comedy", "Crime", "Reality", "Family", "Science-Fiction", "News", "Sports", "Food", "Nature", "Music", "Anime"];
  const services = ["North", "Hill", "Prime", "Plus", "Blue", "Lantern", "Arte"];
  const vocabulary = genres.map(() => Array.from({ length: 120 }, word));
  const plain = Array.from({ length: 200 }, word);
  const items = Array.from({ length: 1500 }, (_, id) => {
    const places = new Set([zipf(genres.length, 1.4)]);
    if (random() < 0.35) places.add(zipf(genres.length, 1.4));
    const of_genre = () => of(random() < 0.5 ? (vocabulary[of([...places])] ?? []) : plain);
    return {
      id: `show-${id}`,
      title: Array.from({ length: 1 + below(3) }, of_genre).join(" "),
      genres: [...places].map((place) => genres[place]),
      services: [services[zipf(services.length, 1)]],
      premiered: 1995 + below(30),
      summary: Array.from({ length: 12 + below(20) }, of_genre).join(" "),
      weight: audience(normal()),
    };
  });
  return { name: "shows, with services and descriptions (made up)", items, fields: { year: "premiered", popularity: "weight", tags: "services", description: "summary" } };
}

/** Anime: three genres of 22 and up to a dozen of 220 tags, many items that hardly anybody knows. @returns {Made} */
function anime() {
  const { random, below, zipf, of, normal, word } = draws(13);
  const genres = Array.from({ length: 22 }, (_, place) => `Genre ${String.fromCharCode(65 + place)}`);
  const tags = Array.from({ length: 220 }, (_, place) => ({ name: `tag ${place}`, home: below(genres.length) }));
  const of_home = genres.map((_, home) => tags.filter((tag) => tag.home === home));
  const items = Array.from({ length: 8000 }, (_, id) => {
    const places = new Set([zipf(genres.length, 1.1)]);
    while (random() < 0.6 && places.size < 5) places.add(zipf(genres.length, 1.1));
    const tag = () => (random() < 0.6 ? of(of_home[of([...places])] ?? tags) : tags[zipf(tags.length, 1)])?.name;
    return {
      id,
      title: Array.from({ length: 1 + below(3) }, word).join(" "),
      genres: [...places].map((place) => genres[place]),
      tags: Array.from({ length: below(12) }, tag),
      year: 1970 + Math.floor(55 * Math.sqrt(random())),
      members: audience(1.2 * normal() - 1),
    };
  });
  return { name: "anime, with 220 tags (made up)", items, fields: { popularity: "members" } };
}

/** @returns {Made[]} */
export const madeUp = () => [books(), shows(), anime()];
