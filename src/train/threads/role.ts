/** Which thread this is. */

/** Name of the workers that compute gradients. */
export const THREAD_NAME = "streamflow training thread";

/** Whether this program was started as one: it then obeys another thread, and reads no command line. */
export function isTrainingThread(): boolean {
  return (globalThis as { readonly name?: unknown }).name === THREAD_NAME;
}
