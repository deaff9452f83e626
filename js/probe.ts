import { whatToDo } from "./bundlers.js";

/** How long a server may take to say what it has, in milliseconds: the start has failed already. */
const LIMIT = 3000;

/** Why a worker's script may not have loaded, and what to do: browsers do not say what they were answered, so it is asked for again. */
export async function answerOf(url: URL | undefined, signal: AbortSignal): Promise<string> {
  const csp = "the page's CSP (worker-src, script-src)";
  if (!url?.protocol.startsWith("http")) return `Check its path, ${csp}, and what it imports.`;
  const foreign = url.origin === globalThis.origin ? "" : " It is on another origin, which has to allow it (Access-Control-Allow-Origin).";
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), LIMIT);
  const end = (): void => abort.abort();
  signal.addEventListener("abort", end);
  try {
    const { ok, status, headers } = await fetch(url, { signal: abort.signal });
    const type = headers.get("content-type") ?? "no MIME type";
    const answer = `It was answered with HTTP status ${status} and ${type}`;
    if (!ok || type.startsWith("text/html")) return `${answer}. ${whatToDo(url.href)}`;
    if (!/\b(java|ecma)script\b/.test(type)) return `${answer}: its MIME type must be text/javascript.`;
    return `${answer}: check ${csp}, and what it imports.`;
  } catch {
    return `Check its path, its MIME type (text/javascript) and ${csp}.${foreign}`;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    end();
  }
}
