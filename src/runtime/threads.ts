/** Which thread of the program this is. */

/** Names of the threads, each with its work. */
export const THREADS = {
  gradients: "streamflow training thread",
  traffic: "streamflow traffic training thread",
  demo: "streamflow demo training thread",
  federated: "streamflow federated demo thread",
  broker: "streamflow broker thread",
  query: "streamflow query thread",
} as const;

/** Whether this program was started as that thread: it then obeys another one, and reads no command line. */
export function isThread(name: typeof THREADS[keyof typeof THREADS]): boolean {
  return (globalThis as { readonly name?: unknown }).name === name;
}
