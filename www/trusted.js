// The page's Content Security Policy forbids addresses of scripts that no policy has looked at (Trusted Types).

/** @type {{ createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): URL } } | undefined} */
const factory = Reflect.get(globalThis, "trustedTypes");

const policy = factory?.createPolicy("watchnext", {
  createScriptURL(url) {
    if (new URL(url, location.href).origin !== location.origin) throw new TypeError(`${url} is not on this server`);
    return url;
  },
});

/**
 * The address of a script on this server, as a worker wants it.
 * @param {URL} url
 * @returns {URL}
 */
export function trusted(url) {
  return policy?.createScriptURL(url.href) ?? url;
}
