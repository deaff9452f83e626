import adapter from "@sveltejs/adapter-node";

export default {
  kit: {
    adapter: adapter(),
    csp: { directives: { "default-src": ["self"], "script-src": ["self", "wasm-unsafe-eval"], "worker-src": ["self"], "style-src": ["self", "unsafe-inline"], "img-src": ["data:"] } },
  },
};
