/**
 * Tells DevTools and observers of performance how long something took, since `start`. It is kept nowhere: a page that runs for days would
 * have millions of entries.
 */
export function measured(what: string, start: number): void {
  const name = `watchnext ${what}`;
  // Test environments have clocks of their own, with less on them.
  globalThis.performance?.measure?.(name, { start, detail: { devtools: { track: "watchnext" } } });
  globalThis.performance?.clearMeasures?.(name);
}
