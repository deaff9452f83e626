import { WatchnextError } from "./errors.js";

/** An address as the page wrote it. */
export function absolute(source: string | URL, base: string | undefined): URL {
  try {
    return new URL(source, base);
  } catch (error) {
    throw new WatchnextError("OPTION", `${String(source)} is not an address.`, { cause: error });
  }
}
