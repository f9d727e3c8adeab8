// Not pure: it loads the parser that a file needs.
/** A configuration file's text → its keys and values: TOML, YAML or JSON by the name's ending. */
import { UserError } from "../runtime/errors.ts";
import type { ConfigFile } from "./resolve.ts";

async function parseText(path: string, text: string): Promise<unknown> {
  if (/\.toml$/i.test(path)) return (await import("smol-toml")).parse(text);
  if (/\.ya?ml$/i.test(path)) return (await import("yaml")).parse(text) ?? {};
  if (/\.json$/i.test(path)) return JSON.parse(text);
  throw new UserError(
    `cannot read the configuration file ${path}: its name must end in .toml, .yaml or .json`,
    {
      exitCode: 2,
    },
  );
}

/**
 * Parses a configuration file.
 *
 * @throws {UserError} (exit code 2) where it is not TOML, YAML or JSON, or not a table of keys and values.
 */
export async function parseConfigFile(path: string, text: string): Promise<ConfigFile> {
  let values: unknown;
  try {
    values = await parseText(path, text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (error instanceof UserError) throw error;
    const found = (error as Error).message.trim().split("\n")[0]!;
    const line = (error as { line?: number }).line;
    throw new UserError(
      `cannot read the configuration file ${path}${line === undefined ? "" : ` (line ${line})`}: ${found}`,
      { exitCode: 2, cause: error },
    );
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new UserError(`the configuration file ${path} must hold keys and values, found something else`, {
      hint: 'for example, in TOML: bootstrapServer = "127.0.0.1:9092"',
      exitCode: 2,
    });
  }
  return { path, values: values as Record<string, unknown> };
}
