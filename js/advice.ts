// What to do where a file of the package is not found. Only a page where something fails loads this.

/** Where this script is. Bundlers follow `import.meta.url` only where it is the base of an address; here it is what they make of it. */
const here = import.meta.url;

/** How long a server may take to say what it has, in milliseconds: the start has failed already. */
const LIMIT = 3000;

/** By what addresses of theirs look like. */
const ADVICE: [address: RegExp, advice: string][] = [
  [/vite\/deps/, 'With Vite, add optimizeDeps: { exclude: ["watchnext"] } to vite.config'],
  [/\/_next\//, "With Next.js, serve /_next/static as it was built (see assetPrefix)"],
  [/^file:/, "With webpack or Rspack, serve what they emit where output.publicPath says"],
];
const ANGULAR =
  'With Angular, add { "glob": "{worker.js,watchnext.wasm}", "input": "node_modules/watchnext/dist", "output": "/" } to the assets in angular.json';

/** What to do where a file of the package is not found at its address. */
export function whatToDo(address: string, script = here): string {
  const known = ADVICE.find(([pattern]) => pattern.test(script) || pattern.test(address))?.[1];
  // Its scripts are named as all are that esbuild makes.
  const angular = globalThis.document?.querySelector("[ng-version]") && ANGULAR;
  const copy = `Copy worker.js and watchnext.wasm of node_modules/watchnext/dist to ${/^http.*\//.exec(address)?.[0] ?? "where the script is"}`;
  return `${known ?? angular ?? copy}, or import "watchnext/inline".`;
}

/** What to look at where a core does not load (from `name`), or cannot be compiled. */
export function coreHint(code: "MEMORY" | "WASM_LOAD", name?: string, integrity?: string): string {
  if (code === "MEMORY") return "too many recommenders or workers may be open";
  const csp = "'wasm-unsafe-eval' (script-src)";
  if (name === undefined) return `check that its bytes are those of watchnext.wasm, and that the CSP allows ${csp}`;
  const hash = integrity ? ", that integrity.wasm is that of this version's file" : "";
  return `check that the file is served, whole${hash}, and that the page's CSP allows it (connect-src) and ${csp}`;
}

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
