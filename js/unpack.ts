/** The bytes of what is in core.js. */
export async function unpacked(core: string): Promise<ArrayBuffer> {
  const packed = Uint8Array.from(atob(core), (character) => character.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}
