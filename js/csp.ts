import { WatchnextError } from "./errors.js";

/** A start in a page; where it fails and the page's CSP has forbidden something meanwhile, the error names what. */
export async function underCsp<T>(start: () => Promise<T>): Promise<T> {
  /** In a worker there may be none. */
  const page: Document | undefined = globalThis.document;
  const forbidden: SecurityPolicyViolationEvent[] = [];
  const note = (event: SecurityPolicyViolationEvent): void => void forbidden.push(event);
  page?.addEventListener("securitypolicyviolation", note);
  try {
    return await start();
  } catch (error) {
    // Violations are told a moment after what they forbid has failed.
    await new Promise((resolve) => setTimeout(resolve));
    const [first] = forbidden;
    if (!first || !(error instanceof WatchnextError)) throw error;
    const hint = await import("./advice.js").then(({ cspHint }) => ` ${cspHint(first)}`, () => "");
    throw new WatchnextError(error.code, `${error.message.replace(/\.?$/, ".")}${hint}`, { cause: error });
  } finally {
    page?.removeEventListener("securitypolicyviolation", note);
  }
}
