/** Python as an oracle: STREAMFLOW_TEST_PYTHON names another one than `python3`. */

const python = Deno.env.get("STREAMFLOW_TEST_PYTHON") ?? "python3";

/** Standard output of a run, or null where there is no Python or it failed. */
async function tryPython(...args: string[]): Promise<string | null> {
  try {
    const result = await new Deno.Command(python, { args, stdout: "piped", stderr: "null" }).output();
    return result.success ? new TextDecoder().decode(result.stdout) : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Can Python import these? Where not, a line says why the tests are ignored. */
export async function pythonHas(...packages: string[]): Promise<boolean> {
  const has = await tryPython("-c", `import ${packages.join(", ")}`) !== null;
  if (!has) console.log(`ignored: ${python} cannot import ${packages.join(", ")} (pip install them)`);
  return has;
}

/** Runs a script and gives what it printed. @throws Error with what it said where it failed */
export async function runPython(script: string, ...args: string[]): Promise<string> {
  const command = new Deno.Command(python, {
    args: ["-c", script, ...args],
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`${python} failed:\n${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
