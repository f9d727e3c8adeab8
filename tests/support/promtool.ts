/** Prometheus' own tools, of Debian's package `prometheus`. */

/** Why they are not here; `null` where they are. Said once. */
export async function prometheusMissing(): Promise<string | null> {
  for (const name of ["promtool", "prometheus"]) {
    try {
      await new Deno.Command(name, { args: ["--version"], stdout: "null", stderr: "null" }).output();
    } catch {
      const missing = `${name} is not installed (Debian's package prometheus)`;
      console.log(`Prometheus' own tests are skipped: ${missing}`);
      return missing;
    }
  }
  return null;
}

/** Runs `promtool …`. @throws {Error} with what it said where it is not content */
export async function promtool(args: readonly string[], stdin?: string): Promise<string> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  const { success, stdout, stderr } = await child.output();
  const [said, failed] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`promtool ${args.join(" ")}: ${said}${failed}`);
  return said!;
}
