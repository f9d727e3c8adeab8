// Not pure: it reads the environment and files.
/** Reads what `resolve.ts` weighs: the environment and the configuration files. */
import { join } from "node:path";
import { UserError } from "../runtime/errors.ts";
import { parseConfigFile } from "./parse.ts";
import { type ConfigFile, resolve, type Resolved, type Sources } from "./resolve.ts";

const LOCAL_NAMES = ["streamflow.toml", "streamflow.yaml", "streamflow.yml", "streamflow.json"];

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw new UserError(`cannot read the configuration file ${path}: ${(error as Error).message}`, {
      exitCode: 2,
      cause: error,
    });
  }
}

async function readNamed(path: string): Promise<ConfigFile> {
  const text = await readIfThere(path);
  if (text === undefined) {
    throw new UserError(`cannot read the configuration file ${path}: no such file`, {
      hint: "name one that exists with --config FILE",
      exitCode: 2,
    });
  }
  return parseConfigFile(path, text);
}

async function readLocal(): Promise<ConfigFile | undefined> {
  const found: { name: string; text: string }[] = [];
  for (const name of LOCAL_NAMES) {
    const text = await readIfThere(name);
    if (text !== undefined) found.push({ name, text });
  }
  if (found.length > 1) {
    throw new UserError(
      `found ${found.map(({ name }) => name).join(" and ")}: only one of them can be used`,
      {
        hint: "keep one, or name one with --config FILE",
        exitCode: 2,
      },
    );
  }
  return found[0] && parseConfigFile(found[0].name, found[0].text);
}

async function readUsers(environment: Sources["environment"]): Promise<ConfigFile | undefined> {
  const home = environment["HOME"] ?? environment["USERPROFILE"];
  const base = environment["XDG_CONFIG_HOME"] || (home && join(home, ".config"));
  if (!base) return undefined;
  const path = join(base, "streamflow", "config.toml");
  const text = await readIfThere(path);
  return text === undefined ? undefined : parseConfigFile(path, text);
}

/**
 * Reads all sources but the flags and weighs them: the file named with `--config`, then `./streamflow.*`, then
 * the user's own.
 *
 * @throws {UserError} (exit code 2) naming the flag, variable or file at fault.
 */
export async function readSettings(flags: Sources["flags"]): Promise<Resolved> {
  const environment = Deno.env.toObject();
  const named = typeof flags.config === "string" ? flags.config : environment["STREAMFLOW_CONFIG"];
  const files = [named ? await readNamed(named) : undefined, await readLocal(), await readUsers(environment)];
  return resolve({ flags, environment, files: files.filter((file) => file !== undefined) });
}
