/** Timers count with 32 bits: what is more goes off at once. Whoever waits longer looks at the clock when it has gone off. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** So many milliseconds as `setTimeout` takes them: never too early, and at most the longest that it can wait. */
export function timeout(milliseconds: number): number {
  return Math.min(Math.max(Math.ceil(milliseconds), 0), MAX_TIMEOUT);
}
