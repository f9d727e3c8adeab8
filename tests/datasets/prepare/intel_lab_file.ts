/** A file in the layout of the Intel lab's, of any size, with its faults; the same for the same seed, and what is in it known. */
import { Random } from "../../../nn/random.ts";
import type { LabFault } from "../../../src/datasets/prepare/intel_lab.ts";

/** What a reader has to find. */
export interface LabFile {
  lines: number;
  /** Readings that are good, each once. */
  kept: number;
  /** Of those, without light. */
  dark: number;
  repeated: number;
  readonly faults: Record<LabFault, number>;
}

const START_MS = Date.UTC(2004, 1, 28, 0, 58);
const EPOCH_MS = 31_000;
/** Motes that have readings; of the fifth the original has none. */
const MOTES = Array.from({ length: 54 }, (_, mote) => mote + 1).filter((mote) => mote !== 5);
/** Lines that are shuffled among each other. */
const BLOCK_LINES = 400;

/** Shares of the lines, in the order in which they are tried. */
const SHARES: readonly (readonly [LabFault | "dark" | "repeated", number])[] = [
  ["blank", 0.0002],
  ["cut", 0.003],
  ["unreadable", 0.0005],
  ["mote", 0.001],
  ["battery", 0.12],
  ["impossible", 0.004],
  ["dark", 0.03],
  ["repeated", 0.002],
];

function clockOf(ms: number, random: Random): string {
  const iso = new Date(ms).toISOString();
  const micros = String(Math.floor(random.uniform() * 1000)).padStart(3, "0");
  // As the original: no zeros at the end, and no point without digits behind it.
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}${micros}`.replace(
    /\.?0+$/,
    (end) => end[0] === "." ? "" : "",
  );
}

/** A line of a kind. */
function lineOf(
  kind: LabFault | "dark" | "good",
  { clock, epoch, mote, random }: { clock: string; epoch: number; mote: number; random: Random },
): string {
  const hour = epoch * EPOCH_MS / 3_600_000;
  const isLow = kind === "battery";
  const temperature = (isLow ? 122.153 : 22 + 4 * Math.sin(hour / 24 * 2 * Math.PI) + random.normal())
    .toPrecision(6);
  const humidity = (isLow ? -3.91901 : 38 + 3 * Math.cos(hour / 24 * 2 * Math.PI) + random.normal())
    .toPrecision(6);
  const light = kind === "dark" ? "" : (45.08 + Math.floor(random.uniform() * 50)).toFixed(2);
  const voltage = (isLow ? 1.8 + 0.59 * random.uniform() : 2.45 + 0.4 * random.uniform()).toPrecision(6);
  const values = [temperature, humidity, light, voltage];
  if (kind === "blank") return random.uniform() < 0.5 ? "" : "   ";
  if (kind === "unreadable") return `${clock} ${epoch} ${mote} ${["nan?", ...values.slice(1)].join(" ")}`;
  if (kind === "impossible") {
    const found = random.uniform() < 0.5
      ? ["-38.4", ...values.slice(1)]
      : [temperature, "175.669", light, voltage];
    return `${clock} ${epoch} ${mote} ${found.join(" ")}`;
  }
  const id = kind === "mote" ? [0, 55, 58, 6485, 65407][Math.floor(random.uniform() * 5)]! : mote;
  const whole = `${clock} ${epoch} ${id} ${values.join(" ")}`;
  if (kind !== "cut") return whole;
  const fields = whole.split(" ");
  const at = random.uniform();
  // Cut off behind some field, or a blank where a value should be.
  if (at < 0.7) return fields.slice(0, 2 + Math.floor(at / 0.7 * 6)).join(" ");
  fields[4] = "";
  return fields.join(" ");
}

function kindOf(random: Random): LabFault | "dark" | "repeated" | "good" {
  let left = random.uniform();
  for (const [kind, share] of SHARES) {
    left -= share;
    if (left < 0) return kind;
  }
  return "good";
}

function shuffle(lines: string[], random: Random): void {
  for (let at = lines.length - 1; at > 0; at--) {
    const other = Math.floor(random.uniform() * (at + 1));
    [lines[at], lines[other]] = [lines[other]!, lines[at]!];
  }
}

/**
 * Writes such a file, and counts what is in it.
 *
 * @param write takes the text, piece by piece
 */
export async function writeLabFile(
  lines: number,
  { seed = 1, write }: { readonly seed?: number; readonly write: (text: string) => Promise<void> },
): Promise<LabFile> {
  const random = new Random(seed);
  const found: LabFile = {
    ...{ lines: 0, kept: 0, dark: 0, repeated: 0 },
    faults: { blank: 0, cut: 0, unreadable: 0, mote: 0, battery: 0, impossible: 0 },
  };
  let block: string[] = [], text = "";
  const flush = async () => {
    shuffle(block, random);
    text += block.length === 0 ? "" : `${block.join("\n")}\n`;
    block = [];
    if (text.length > 1 << 20 || found.lines === lines) {
      await write(text);
      text = "";
    }
  };
  for (let epoch = 1; found.lines < lines; epoch++) {
    for (const mote of MOTES) {
      if (found.lines === lines) break;
      const clock = clockOf(START_MS + epoch * EPOCH_MS + Math.floor(random.uniform() * 20_000), random);
      const kind = kindOf(random);
      const isTwice = kind === "repeated" && found.lines + 2 <= lines;
      const line = lineOf(kind === "repeated" ? "good" : kind, { clock, epoch, mote, random });
      block.push(line);
      found.lines++;
      if (isTwice) {
        block.push(line);
        found.lines++;
        found.repeated++;
      }
      if (kind === "good" || kind === "dark" || kind === "repeated") found.kept++;
      else found.faults[kind]++;
      if (kind === "dark") found.dark++;
    }
    if (block.length >= BLOCK_LINES) await flush();
  }
  await flush();
  return found;
}
