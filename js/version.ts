/** Put in by scripts/bundle.mjs, from package.json. */
declare const VERSION: string;

/** The version of this package. */
export const version: string = VERSION;
