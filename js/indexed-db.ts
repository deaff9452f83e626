import type { HistoryStore, RecommenderEvents } from "./types.js";

/** Events that were kept together: JSON, one a line. */
interface Kept {
  user: string;
  lines: Uint8Array;
}

const BATCHES = "batches";
const BY_USER = "user";
const LISTS = "lists";

/**
 * What makes each version out of the one before it. They only add: a tab with an older version of this package goes on writing into what a
 * newer one has made.
 */
const MIGRATIONS: ((database: IDBDatabase) => void)[] = [
  (database) => {
    database.createObjectStore(BATCHES, { autoIncrement: true }).createIndex(BY_USER, "user");
  },
  (database) => {
    // The last list of a name, as JSON, by user and name.
    database.createObjectStore(LISTS);
  },
];

/** How long a database may take to open, in milliseconds: less than whoever reads it waits. */
const LIMIT = 4_000;

/** So many batches of a user's are put together when they are read, and so many of a session's while it lasts. */
const MANY = 32;
const MANY_OF_SESSION = 256;

/**
 * Histories in IndexedDB. A batch is a record, which is only ever added (its key is counted up by the database, so that all tabs have one order),
 * until many are put together as one, in one transaction. Written without a wrapper: of a wrapper little more would be used than two promises.
 */
export class IndexedDbStore implements Omit<HistoryStore, "replace"> {
  readonly #name: string;
  readonly #tell: (trouble: RecommenderEvents["history-error"]) => void;
  #database: Promise<IDBDatabase> | undefined;
  #wasOpen = false;
  /** By user, the first batch of this session that stands alone, and how many have come since. */
  readonly #session = new Map<string, { first: IDBValidKey; count: number }>();

  constructor(name: string, tell: (trouble: RecommenderEvents["history-error"]) => void) {
    this.#name = name;
    this.#tell = tell;
  }

  async read(user: string): Promise<Uint8Array[]> {
    const kept = await this.#do("readonly", (batches) => batches.index(BY_USER).getAll(user) as IDBRequest<Kept[]>);
    // Nobody waits for that, and it is all or nothing.
    if (kept.length > MANY) this.#putTogether(user).catch(() => undefined);
    return kept.flatMap(({ lines }) => (ArrayBuffer.isView(lines) ? [lines] : [DAMAGED]));
  }

  async append(user: string, lines: string): Promise<void> {
    const kept: Kept = { user, lines: new TextEncoder().encode(lines) };
    const key = await this.#do("readwrite", (batches) => batches.add(kept));
    const session = this.#session.get(user) ?? { first: key, count: 0 };
    this.#session.set(user, session);
    session.count += 1;
    if (session.count < MANY_OF_SESSION) return;
    this.#session.delete(user);
    this.#putTogether(user, session.first).catch(() => undefined);
  }

  /** What `keep` leaves of the lines, in the place of all of a user's, in one transaction: nothing that another tab keeps meanwhile is lost. */
  async rewrite(user: string, keep: (lines: string) => string): Promise<void> {
    this.#session.delete(user);
    const decoder = new TextDecoder();
    await this.#do("readwrite", (batches) => {
      // They may say what is forgotten.
      const { transaction } = batches;
      if (transaction.objectStoreNames.contains(LISTS)) transaction.objectStore(LISTS).delete(IDBKeyRange.bound([user], [user, []]));
      let all = "";
      const cursor = batches.index(BY_USER).openCursor(user);
      cursor.onsuccess = () => {
        const at = cursor.result;
        if (at) {
          const { lines } = at.value as Kept;
          if (ArrayBuffer.isView(lines)) all += decoder.decode(lines);
          at.delete();
          return at.continue();
        }
        const lines = keep(all);
        if (lines !== "") batches.add({ user, lines: new TextEncoder().encode(lines) } satisfies Kept);
      };
      return cursor;
    }, [BATCHES, LISTS]);
  }

  /** The last list of this name; keeps this one, where there is one. */
  async lastList(user: string, name: string, list?: string): Promise<string | undefined> {
    const key = [user, name];
    return list === undefined ? this.#do("readonly", (lists) => lists.get(key) as IDBRequest<string | undefined>, [LISTS]) : void (await this.#do("readwrite", (lists) => lists.put(list, key), [LISTS]));
  }

  close(): void {
    this.#database?.then((database) => database.close(), () => undefined);
    this.#database = undefined;
  }

  /** Makes one batch of all of a user's, or of those from this one on, in the place of the first. */
  async #putTogether(user: string, first?: IDBValidKey): Promise<void> {
    await this.#do("readwrite", (batches) => {
      const found: [IDBValidKey, Uint8Array][] = [];
      const range = first === undefined ? undefined : IDBKeyRange.lowerBound(first);
      const cursor = range ? batches.openCursor(range) : batches.index(BY_USER).openCursor(user);
      cursor.onsuccess = () => {
        const at = cursor.result;
        if (at) {
          const kept = at.value as Kept;
          // What is damaged stays as it is: somebody may still make something of it.
          if (kept.user === user && ArrayBuffer.isView(kept.lines)) found.push([at.primaryKey, kept.lines]);
          return at.continue();
        }
        const [start, ...others] = found;
        if (!start || others.length === 0) return;
        const lines = new Uint8Array(found.reduce((sum, [, { length }]) => sum + length, 0));
        let length = 0;
        for (const [, part] of found) {
          lines.set(part, length);
          length += part.length;
        }
        batches.put({ user, lines } satisfies Kept, start[0]);
        for (const [key] of others) batches.delete(key);
      };
      return cursor;
    });
  }

  /** A transaction; it is done when it is on the disk. A connection that is lost is opened once more. */
  async #do<T>(mode: IDBTransactionMode, work: (first: IDBObjectStore) => IDBRequest<T>, stores = [BATCHES], again = true): Promise<T> {
    const opening = (this.#database ??= this.#open(MIGRATIONS.length));
    try {
      const database = await opening;
      return await new Promise<T>((resolve, reject) => {
        // A newer version may have made it without some.
        const there = stores.filter((store) => database.objectStoreNames.contains(store));
        const transaction = database.transaction(there, mode, { durability: "strict" });
        const request = work(transaction.objectStore(stores[0] as string));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(transaction.error ?? new Error("the transaction was aborted"));
      });
    } catch (error) {
      if (this.#database === opening) this.#database = undefined;
      if (!again || ["QuotaExceededError", "TimeoutError"].includes((error as Error).name)) throw error;
      return this.#do(mode, work, stores, false);
    }
  }

  /** Without a version it is whatever a newer one of this package has made. */
  #open(version?: number): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new DOMException("its database does not open; another tab may hold up an upgrade", "TimeoutError"));
      const timer = setTimeout(late, LIMIT);
      const request = version === undefined ? indexedDB.open(this.#name) : indexedDB.open(this.#name, version);
      request.onupgradeneeded = ({ oldVersion }) => {
        for (const migrate of MIGRATIONS.slice(oldVersion)) migrate(request.result);
        if (oldVersion === 0 && this.#wasOpen) {
          this.#session.clear();
          const message = "The database of the history was deleted: what was recorded is in memory only, as long as the page lives.";
          this.#tell({ code: "HISTORY_LOST", message });
        }
      };
      request.onerror = () => {
        clearTimeout(timer);
        if (version !== undefined && request.error?.name === "VersionError") this.#open().then(resolve, reject);
        else reject(request.error);
      };
      request.onsuccess = () => {
        clearTimeout(timer);
        const database = request.result;
        this.#wasOpen = true;
        // A newer version of this package, or whoever deletes it, need not wait for us; and a browser may take it away.
        database.onversionchange = () => {
          database.close();
          this.#database = undefined;
        };
        database.onclose = () => (this.#database = undefined);
        resolve(database);
      };
    });
  }
}

/** What stands for a batch that is none: a line that is no event. */
const DAMAGED = new TextEncoder().encode("damaged\n");
