// Which bundler made the script that this runs in, and what is to be done there so that the package's two files are found.

/** Where this script is. Bundlers replace it, or leave it: they follow `import.meta.url` only as the base of an address. */
const here = import.meta.url;

const COPY = "worker.js and watchnext.wasm of node_modules/watchnext/dist";
const ELSE = 'or import "watchnext/inline", which needs no other file';

/** By what their addresses look like. */
const BUNDLERS: [name: string, address: RegExp, advice: string][] = [
  ["Vite's optimized dependencies", /\/deps(_ssr)?\/watchnext/, 'add optimizeDeps: { exclude: ["watchnext"] } to vite.config'],
  ["Next.js", /\/_next\/|\[project\]/, "see that /_next/static is served as it was built (assetPrefix, a proxy, an old deployment)"],
  ["webpack or Rspack", /^file:/, "see that what it emits is served where output.publicPath says"],
  [
    "Angular",
    /\/(main|chunk)-[A-Z0-9]{8}\.js/,
    'add { "glob": "{worker.js,watchnext.wasm}", "input": "node_modules/watchnext/dist", "output": "/" } to the build\'s assets in angular.json',
  ],
];

/** What to do where a file of the package is not found at its address. */
export function whatToDo(address: string, script = here): string {
  const bundler = BUNDLERS.find(([, pattern]) => pattern.test(script) || pattern.test(address));
  if (bundler) return `With ${bundler[0]}: ${bundler[2]}; ${ELSE}.`;
  const folder = /^https?:.*\//.exec(address)?.[0] ?? "the script that imports watchnext";
  return `Bundlers that do not copy what new URL(…, import.meta.url) names need a line for it: copy ${COPY} to ${folder}; ${ELSE}.`;
}
