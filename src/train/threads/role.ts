/** Which thread this is. */

/** Name of the workers that compute gradients. */
export const THREAD_NAME = "streamflow training thread";

/** Name of those of traffic models. */
export const TRAFFIC_THREAD_NAME = "streamflow traffic training thread";

/** Name of the one that trains the demo's model. */
export const DEMO_THREAD_NAME = "streamflow demo training thread";

/** Whether this program was started as one: it then obeys another thread, and reads no command line. */
export function isTrainingThread(name: string = THREAD_NAME): boolean {
  return (globalThis as { readonly name?: unknown }).name === name;
}
