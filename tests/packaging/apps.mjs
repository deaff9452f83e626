// The apps into which the package is installed: what npm gets for each, in exact versions, and which folder of apps/ has its files.

/**
 * @typedef {object} App
 * @property {Record<string, string>} packages
 * @property {string} [files] a folder in apps/, if there is one
 * @property {"module" | "commonjs"} [type] of its own scripts
 */

const VITEST = { vitest: "4.1.12", jsdom: "26.1.0", "happy-dom": "20.14.6" };
const ANGULAR = ["core", "common", "compiler", "compiler-cli", "platform-browser"].map((name) => [`@angular/${name}`, "21.2.26"]);

/** @type {Record<string, App>} */
export const apps = {
  vite8: { packages: { vite: "8.3.8" } },
  vite7: { packages: { vite: "7.3.8" } },
  webpack: { files: "webpack", packages: { webpack: "5.113.0", "webpack-cli": "7.3.1", "webpack-dev-server": "5.2.7" } },
  rspack: { files: "rspack", packages: { "@rspack/core": "2.3.3", "@rspack/cli": "2.2.8", "@rspack/dev-server": "2.2.2" } },
  rsbuild: { files: "rsbuild", packages: { "@rsbuild/core": "2.3.2" } },
  rollup: { files: "rollup", packages: { rollup: "4.68.8", "@rollup/plugin-node-resolve": "16.0.3" } },
  rolldown: { files: "rolldown", packages: { rolldown: "1.3.2" } },
  esbuild: { packages: { esbuild: "0.28.2" } },
  parcel: { packages: { parcel: "2.16.4" } },
  next: { files: "next", packages: { next: "16.4.6", react: "19.3.1", "react-dom": "19.3.1" } },
  sveltekit: {
    files: "sveltekit",
    packages: { "@sveltejs/kit": "2.70.4", "@sveltejs/adapter-node": "5.5.7", "@sveltejs/vite-plugin-svelte": "6.2.4", svelte: "5.57.3", vite: "7.3.8" },
  },
  // The last that runs in Node 20.
  angular: {
    files: "angular",
    packages: { ...Object.fromEntries(ANGULAR), "@angular/build": "21.2.27", "@angular/cli": "21.2.28", rxjs: "7.8.2", tslib: "2.9.1", typescript: "5.9.3" },
  },
  react: { packages: { vite: "8.3.8", react: "19.3.1", "react-dom": "19.3.1" } },
  vue: { packages: { vite: "7.3.8", vue: "3.5.45", "@vitejs/plugin-vue": "6.0.11" } },
  plain: { packages: {} },
  node: { files: "runtimes", packages: { esbuild: "0.28.2" } },
  deno: { files: "runtimes", packages: { deno: "2.9.6" } },
  bun: { files: "runtimes", packages: { bun: "1.4.5" } },
  vitest: { files: "vitest", packages: VITEST },
  jest: { files: "jest", type: "commonjs", packages: { jest: "30.5.2", "jest-environment-jsdom": "30.5.2" } },
  typescript: { packages: { "typescript-5.4": "npm:typescript@5.4.5", "typescript-5.9": "npm:typescript@5.9.3", "typescript-7": "npm:typescript@7.0.2", "@types/node": "20.19.43" } },
  lint: { packages: { publint: "0.3.25", "@arethetypeswrong/cli": "0.18.5" } },
};
