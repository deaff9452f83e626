/** Calls what the page has given us; what it throws is the page's own uncaught error, as a listener's is. */
export function unharmed(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (typeof reportError === "function") reportError(error);
    else setTimeout(() => {
      throw error;
    });
  }
}
