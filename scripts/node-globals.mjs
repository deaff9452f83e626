// What the package takes from Node itself and not from the global object: test environments put a window there (jsdom), which lacks some of
// it, or has it of another realm. scripts/bundle.mjs puts it into the builds for Node.

export { Blob } from "node:buffer";
export { TextDecoder, TextEncoder } from "node:util";
