// Next.js writes inline scripts, and evaluates what changes in development.
const development = process.env.NODE_ENV === "development" ? " 'unsafe-eval'" : "";
const policy = `default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'${development}; worker-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:`;

export default {
  devIndicators: false,
  headers: async () => [{ source: "/(.*)", headers: [{ key: "Content-Security-Policy", value: policy }] }],
};
