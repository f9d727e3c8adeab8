/** The program's own source files, read once, for the tests of style. */
import { fromFileUrl, relative } from "./paths.ts";

/** A source file. */
export interface Source {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  /** `nn`, `src/wire`, … or `src` for `src/main.ts`. */
  readonly room: string;
  readonly text: string;
  readonly lines: readonly string[];
}

const root = fromFileUrl(new URL("../../", import.meta.url));

async function* walk(directory: string, ending: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path, ending);
    else if (entry.name.endsWith(ending)) yield path;
  }
}

/** All TypeScript files below the folders, sorted by path. */
export function readSources(...folders: string[]): Promise<Source[]> {
  return readFiles(folders, ".ts");
}

/** What runs in the browser: the pages' JavaScript. */
export function readScripts(): Promise<Source[]> {
  return readFiles(["src"], ".js");
}

async function readFiles(folders: readonly string[], ending: string): Promise<Source[]> {
  const sources: Source[] = [];
  for (const folder of folders) {
    for await (const file of walk(root + folder, ending)) {
      const text = await Deno.readTextFile(file);
      const path = relative(root, file);
      sources.push({ path, room: roomOf(path), text, lines: text.split("\n") });
    }
  }
  return sources.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** The room that a path stands in: `nn`, `src/<room>`, `src` or `tests`. */
export function roomOf(path: string): string {
  const parts = path.split("/");
  if (parts[0] !== "src") return parts[0]!;
  return parts.length > 2 ? `src/${parts[1]}` : "src";
}

/** Import and export specifiers of a file, with `type` for those that vanish at run time. */
export function specifiers(text: string): { readonly specifier: string; readonly typeOnly: boolean }[] {
  const found: { specifier: string; typeOnly: boolean }[] = [];
  for (const match of text.matchAll(/^\s*(?:import|export)\s+(type\s)?[^;"']*?from\s+"([^"]+)"/gm)) {
    found.push({ specifier: match[2]!, typeOnly: match[1] !== undefined });
  }
  for (const match of text.matchAll(/^\s*import\s+"([^"]+)"/gm)) {
    found.push({ specifier: match[1]!, typeOnly: false });
  }
  for (const match of text.matchAll(/\bimport\(\s*"([^"]+)"/g)) {
    found.push({ specifier: match[1]!, typeOnly: false });
  }
  return found;
}
