// What to do where a file of the package is not found. Only a page where something fails loads this.

/** Where this script is. Bundlers follow `import.meta.url` only where it is the base of an address; here it is what they make of it. */
const here = import.meta.url;

/** How long a server may take to say what it has, in milliseconds: the start has failed already. */
const LIMIT = 3000;

/** By what addresses of theirs look like. */
const ADVICE: [address: RegExp, advice: string][] = [
  [/vite\/deps/, 'With Vite, add optimizeDeps: { exclude: ["watchnext"] } to vite.config'],
  [/\/@fs\//, 'With Vite, add server: { fs: { allow: [".."] } } with the folder of the package to vite.config'],
  [/\/_next\//, "With Next.js, leave _next/static out of the middleware's matcher, and serve it as it was built (see assetPrefix)"],
  [/^file:/, "With webpack or Rspack, serve what they emit where output.publicPath says"],
];
const ANGULAR =
  'With Angular, add { "glob": "{worker.js,watchnext.wasm}", "input": "node_modules/watchnext/dist", "output": "/" } to the assets in angular.json';

/** As the package has them. What has another name a bundler has written. */
const OWN_NAME = /\/(worker\.js|watchnext\.wasm)$/;

/** What to do where a file of the package is not found at its address. */
export function whatToDo(address: string, script = here): string {
  const known = ADVICE.find(([pattern]) => pattern.test(script) || pattern.test(address))?.[1];
  // Its scripts are named as all are that esbuild makes.
  const angular = globalThis.document?.querySelector("[ng-version]") && ANGULAR;
  const folder = /^http.*\//.exec(address)?.[0];
  const copy = `Copy worker.js and watchnext.wasm of node_modules/watchnext/dist to ${folder ?? "where the script is"}`;
  const built = folder && !OWN_NAME.test(address.replace(/[?#].*/, "")) ? `Serve all that the bundler has written, of the same build, in ${folder} (its option for the public path; with Vite: base)` : copy;
  return `${known ?? angular ?? built}, or import "watchnext/inline".`;
}

/** What a server said, and what to do where that is not the file. */
export function refused(address: string, status: number, type: string): string {
  const answer = `it was answered with HTTP status ${status} and ${type}`;
  if (status === 401 || status === 403) return `${answer}. The server lets nobody have it: allow it, as it does the page's scripts. ${whatToDo(address)}`;
  return `${answer}. ${status >= 500 ? "The server has failed: look at what it says." : whatToDo(address)}`;
}

/** What to look at where a core does not load (from `name`, as it was answered), or cannot be compiled. */
export async function coreHint(code: "MEMORY" | "WASM_LOAD", name?: string, answered?: string, integrity?: string): Promise<string> {
  if (code === "MEMORY") return "too many recommenders or workers may be open";
  const csp = "the CSP allows 'wasm-unsafe-eval' (script-src)";
  if (name === undefined) return `check that its bytes are those of watchnext.wasm, and that ${csp}`;
  if (answered) return `it was answered with ${answered}; check that the file is served, whole, and that ${csp}`;
  const { isThere, says } = await foreign(new URL(name));
  // Of another hash it is not told either.
  if (isThere && !integrity) return says;
  const hash = integrity ? ", that integrity.wasm is that of this version's file" : "";
  return `check that the file is served, whole${hash}, and that the page's CSP allows its address (connect-src)${says && `; ${says}`}`;
}

/** What is said of a file on another origin that could not be read. Whether that origin has an answer, which is not for this page, is found by asking without reading it. */
async function foreign({ href, origin }: URL): Promise<{ isThere: boolean; says: string }> {
  const own = globalThis.origin;
  if ([undefined, origin].includes(own)) return { isThere: false, says: "" };
  const isThere = await fetch(href, { mode: "no-cors", signal: AbortSignal.timeout(LIMIT) }).then(() => true, () => false);
  const header = "Access-Control-Allow-Origin: *";
  return { isThere, says: isThere ? `${origin} answers, and does not let this page (${own}) read it: let its server add the header ${header}` : `it is on another origin, whose server has to add the header ${header}` };
}

/** What a CSP has forbidden, and what to add to it. */
export function cspHint({ effectiveDirective, blockedURI }: Pick<SecurityPolicyViolationEvent, "effectiveDirective" | "blockedURI">): string {
  const origin = /^\w+:\/\/[^/]+/.exec(blockedURI)?.[0];
  const scheme = /^(blob|data)\b/.exec(blockedURI)?.[0];
  const source = blockedURI === "wasm-eval" ? "'wasm-unsafe-eval'" : origin === globalThis.origin ? "'self'" : origin ?? (scheme && `${scheme}:`);
  return `The page's CSP forbids ${blockedURI} by ${effectiveDirective}${source ? `: add ${effectiveDirective} ${source}` : ""}.`;
}

/** Why a worker's script may not have loaded, and what to do: browsers do not say what they were answered, so it is asked for again. */
export async function answerOf(url: URL | undefined, signal: AbortSignal): Promise<string> {
  const csp = "the page's CSP (worker-src, script-src)";
  if (!url?.protocol.startsWith("http")) return `Check its path, ${csp}, and what it imports.`;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), LIMIT);
  const end = (): void => abort.abort();
  signal.addEventListener("abort", end);
  try {
    const { ok, status, headers } = await fetch(url, { signal: abort.signal });
    const type = headers.get("content-type") ?? "no MIME type";
    if (!ok || type.startsWith("text/html")) return sentence(refused(url.href, status, type));
    const answer = `It was answered with HTTP status ${status} and ${type}`;
    if (!/\b(java|ecma)script\b/.test(type)) return `${answer}: its MIME type must be text/javascript.`;
    return `${answer}: check ${csp}, and what it imports.`;
  } catch {
    const { isThere, says } = await foreign(url);
    return isThere ? `${says}.` : `Check its path, its MIME type (text/javascript) and ${csp}${says && `; ${says}`}.`;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    end();
  }
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
