/** The captures of the Zeek project that are read, not shipped. */

/** Their names. */
export const TRACES = [
  "arp-who-has.pcap",
  "bro.org.pcap",
  "dns-caa.pcap",
  "ip6-udp-good-chksum.pcap",
  "irc-dcc-send.pcapng",
  "smb2.pcap",
] as const;

/** Where one lies. */
export function tracePath(name: typeof TRACES[number]): string {
  return new URL(`../../../shared/data/pcap/${name}`, import.meta.url).pathname;
}

/** Whether they are there; says so where they are not. */
export function hasTraces(): boolean {
  const missing = TRACES.map(tracePath).filter((path) => {
    try {
      return !Deno.statSync(path).isFile;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return true;
      throw error;
    }
  });
  if (missing.length > 0) console.log(`Left out: there is no ${missing[0]}`);
  return missing.length === 0;
}
