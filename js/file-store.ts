import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import type { HistoryStore } from "./types.js";

/**
 * Histories in a folder, a file of JSON lines for each user: for `history: { store: fileStore("histories") }`. What was appended is on the disk
 * (`fsync`); a line that a crash has cut off was never acknowledged, and goes with the next append. One process at a time may write.
 */
export function fileStore(folder: string): HistoryStore {
  // No name that a file system takes for another: letters of one case, and no dots.
  const path = (user: string): string => join(folder, `${Buffer.from(user).toString("hex") || "0"}.jsonl`);
  const write = async (file: string, lines: string, from?: number): Promise<void> => {
    await mkdir(folder, { recursive: true });
    const handle = await open(file, from === undefined ? "w" : "a+");
    try {
      if (from !== undefined) await handle.truncate(from);
      await handle.appendFile(lines);
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  const whole = async (user: string): Promise<Buffer> => {
    const bytes = await readFile(path(user)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return Buffer.alloc(0);
      throw error;
    });
    return bytes.subarray(0, bytes.lastIndexOf("\n") + 1);
  };
  /** How many bytes of each file are whole lines. */
  const lengths = new Map<string, number>();
  const length = async (user: string): Promise<number> => lengths.get(user) ?? (await whole(user)).length;
  return {
    async read(user) {
      const bytes = await whole(user);
      lengths.set(user, bytes.length);
      return [new Uint8Array(bytes)];
    },
    async append(user, lines) {
      const from = await length(user);
      await write(path(user), lines, from);
      lengths.set(user, from + Buffer.byteLength(lines));
    },
    async replace(user, lines) {
      lengths.delete(user);
      if (lines === "") return rm(path(user), { force: true });
      const next = `${path(user)}.next`;
      await write(next, lines);
      await rename(next, path(user));
    },
  };
}
