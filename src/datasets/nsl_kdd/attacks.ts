/**
 * Attack names of NSL-KDD (M. Tavallaee, E. Bagheri, W. Lu, A. Ghorbani, CISDA 2009) and the classes that they belong
 * to, as most papers on the set have them. Some put `worm` in r2l and `httptunnel` in u2r: their figures differ.
 *
 * The names of the second list of a class occur in the test file alone: no training ever sees them.
 */

/** The classes, in the order in which models number them. */
export const NSL_KDD_CLASSES = ["normal", "dos", "probe", "r2l", "u2r"] as const;

/** One of {@linkcode NSL_KDD_CLASSES}. */
export type NslKddClass = typeof NSL_KDD_CLASSES[number];

/** By class: the names in both files (or in the training file alone), and those that only the test file has. */
export const NSL_KDD_ATTACKS: Readonly<
  Record<NslKddClass, { readonly trained: readonly string[]; readonly testOnly: readonly string[] }>
> = {
  normal: { trained: ["normal"], testOnly: [] },
  dos: {
    trained: ["back", "land", "neptune", "pod", "smurf", "teardrop"],
    testOnly: ["apache2", "mailbomb", "processtable", "udpstorm", "worm"],
  },
  probe: { trained: ["ipsweep", "nmap", "portsweep", "satan"], testOnly: ["mscan", "saint"] },
  r2l: {
    trained: [
      "ftp_write",
      "guess_passwd",
      "imap",
      "multihop",
      "phf",
      "spy",
      "warezclient",
      "warezmaster",
    ],
    testOnly: ["httptunnel", "named", "sendmail", "snmpgetattack", "snmpguess", "xlock", "xsnoop"],
  },
  u2r: {
    trained: ["buffer_overflow", "loadmodule", "perl", "rootkit"],
    testOnly: ["ps", "sqlattack", "xterm"],
  },
};

/** Attack name → place of its class in {@linkcode NSL_KDD_CLASSES}. */
export const CLASS_OF_ATTACK: ReadonlyMap<string, number> = new Map(
  NSL_KDD_CLASSES.flatMap((name, place) => {
    const { trained, testOnly } = NSL_KDD_ATTACKS[name];
    return [...trained, ...testOnly].map((attack): [string, number] => [attack, place]);
  }),
);
