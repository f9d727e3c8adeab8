/** What every suite needs to say what it found: medians, Markdown tables, the machine. */

/** The middle value (the upper one of two). @throws {RangeError} for none */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that `share` (0 … 1) of all are not above. @throws {RangeError} for none */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  if (value === undefined) throw new RangeError("No values were measured");
  return value;
}

/** A number of things per second, for a table. */
export function perSecond(rate: number): string {
  return Math.round(rate).toLocaleString("en-US");
}

/** Median, with all rounds behind it. */
export function medianAndRounds(values: readonly number[], format: (value: number) => string): string {
  return `**${format(median(values))}** (${values.map(format).join(", ")})`;
}

/** Prints a Markdown table. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  console.log([line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n"));
}

/** CPU, cores, memory, system, Deno: one line. */
export function describeMachine(): string {
  const cpuName = /model name\s*:\s*(.*)/.exec(readOr("/proc/cpuinfo"))?.[1] ?? "CPU of unknown name";
  const { total } = Deno.systemMemoryInfo();
  const cores = navigator.hardwareConcurrency;
  const memory = `${Math.round(total / 2 ** 30)} GiB`;
  return `${cpuName}, ${cores} cores, ${memory}; ${Deno.build.os} ${Deno.osRelease()}; Deno ${Deno.version.deno}`;
}

function readOr(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
