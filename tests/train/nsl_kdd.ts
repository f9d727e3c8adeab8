/** Files in NSL-KDD's form for tests of the program: 41 features, attack, difficulty; made up and easy to learn. */
import { Random } from "../../nn/mod.ts";

const ATTACKS = ["normal", "neptune", "satan", "guess_passwd", "rootkit"] as const;
const SHARES = [0.55, 0.8, 0.92, 0.98, 1] as const;

/** Lines of a file; the attack shows in bytes, flag and counts, with some noise. */
export function nslKddLines(rows: number, seed: number): string[] {
  const random = new Random(seed);
  return Array.from({ length: rows }, (_, row) => {
    const chance = random.uniform();
    const label = row < ATTACKS.length ? row : SHARES.findIndex((share) => chance < share);
    const numbers = Array.from({ length: 41 }, () => 0);
    numbers[4] = Math.floor(Math.exp(random.normal(2 + label, 1)));
    numbers[22] = random.integer(50) + (label === 1 ? 200 : 0);
    numbers[33] = Math.round(100 * random.uniform()) / 100;
    const fields: (string | number)[] = numbers;
    fields[1] = random.uniform() < 0.9 ? "tcp" : "udp";
    fields[2] = label === 3 ? "ftp" : random.uniform() < 0.5 ? "http" : "private";
    fields[3] = label === 1 && random.uniform() < 0.9 ? "S0" : "SF";
    return [...fields, ATTACKS[label]!, 20].join(",");
  });
}

/** A folder with a file to learn from and one to judge by. */
export async function withNslKdd(
  rows: number,
  use: (files: { readonly folder: string; readonly train: string; readonly test: string }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const [train, test] = [`${folder}/train.txt`, `${folder}/test.txt`];
    await Deno.writeTextFile(train, `${nslKddLines(rows, 1).join("\n")}\n`);
    await Deno.writeTextFile(test, `${nslKddLines(Math.max(200, rows >> 2), 2).join("\n")}\n`);
    await use({ folder, train, test });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
