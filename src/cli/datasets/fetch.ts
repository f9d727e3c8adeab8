/** `streamflow datasets fetch NAME`: says terms and size, downloads, checks. */
import { join } from "node:path";
import type { Settings } from "../../config/settings.ts";
import type { CatalogEntry } from "../../datasets/catalog/entry.ts";
import { fetchDataset, type FetchedFile } from "../../datasets/fetch/fetch.ts";
import { UserError } from "../../runtime/errors.ts";
import { formatCount, startProgress } from "../../runtime/progress.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { entryOf, sizeText, useLines } from "./entries.ts";

/** Files that are named one by one when they are there. */
const FILES_SHOWN = 8;

/** Downloads a data set. */
export const datasetsFetchCommand = defineCommand({
  name: "fetch",
  summary: "Download a data set: says size and terms first, goes on where it was cut, checks the SHA-256",
  args: "<name>",
  examples: ["datasets fetch intel-lab", "datasets fetch nsl-kdd --folder ../data --yes"],
  settings: ["folder", "url", "yes", "json", "quiet"],
  async run(settings, context) {
    const entry = entryOf(context.args[0]!);
    const { out, log, signal } = context;
    if (entry.shipped) {
      out(
        settings.json
          ? JSON.stringify({ name: entry.name, shipped: true, files: [] })
          : `${entry.name} is shipped, there is nothing to download: ${useLines(entry, "")[0]}`,
      );
      return 0;
    }
    const folder = join(settings.folder, entry.name);
    if (!agreed(entry, { settings, folder, context })) {
      log.info("nothing was downloaded");
      return 1;
    }
    using progress = startProgress({
      ...{ unit: "kB", log, quiet: settings.quiet },
      total: Math.ceil(entry.bytes / 1000),
    });
    let files: FetchedFile[];
    try {
      files = await fetchDataset(entry, {
        ...{ folder, url: settings.url, signal },
        onProgress: (bytes, note) => progress.update(bytes / 1000, note),
        onRemark: (remark) => log.info(remark),
      });
    } catch (error) {
      progress[Symbol.dispose]();
      if (!signal.aborted) throw error;
      log.info(`stopped: what has come is kept in ${folder}; run it again to go on from there`);
      return 130;
    }
    progress[Symbol.dispose]();
    if (settings.json) out(JSON.stringify({ name: entry.name, shipped: false, folder, files }));
    else describe(entry, { folder, files }).forEach(out);
    return 0;
  },
});

/** Says what will be downloaded, and asks. @throws {UserError} (exit code 2) where nobody can be asked */
function agreed(
  entry: CatalogEntry,
  { settings, folder, context: { log } }: {
    readonly settings: Pick<Settings, "yes" | "url" | "quiet">;
    readonly folder: string;
    readonly context: CommandContext;
  },
): boolean {
  const { files, name, what, rows, source, terms, page } = entry;
  const from = new URL(URL.canParse(settings.url ?? "") ? settings.url! : files[0]!.url).host;
  for (
    const line of [
      `${name}: ${what}; ${rows} rows`,
      `source  ${source}`,
      `terms   ${terms} (${page})`,
      `size    ${sizeText(entry)}, ${files.length} ${
        files.length === 1 ? "file" : "files"
      } from ${from} to ${folder}`,
    ]
  ) log.info(line);
  if (settings.yes) return true;
  if (!settings.quiet && Deno.stdin.isTerminal() && Deno.stderr.isTerminal()) {
    return confirm("Download it under these terms?");
  }
  throw new UserError(`${name} is ${sizeText(entry)} and has terms: nobody is here to accept them`, {
    hint: `read ${page}, then add --yes`,
    exitCode: 2,
  });
}

function describe(
  entry: CatalogEntry,
  { folder, files }: { readonly folder: string; readonly files: readonly FetchedFile[] },
): string[] {
  const shown = files.length > FILES_SHOWN ? [] : files;
  const unknown = files.filter(({ checkedBy }) => checkedBy === null).length;
  return [
    ...shown.map(({ path, bytes, sha256, wasThere }) =>
      `${path}  ${formatCount(bytes)} bytes  SHA-256 ${sha256}${wasThere ? ", was there already" : ""}`
    ),
    `${formatCount(files.length)} ${files.length === 1 ? "file" : "files"} in ${folder}; ${
      describeSums(files.length, unknown)
    }`,
    ...useLines(entry, folder).map((line) => `then: ${line}`),
  ];
}

function describeSums(files: number, unknown: number): string {
  if (unknown === 0) return "the SHA-256 is as it was known";
  const whose = unknown === files
    ? "no SHA-256 was known"
    : `of ${formatCount(unknown)} no SHA-256 was known`;
  return `${whose}: it is recorded in SHA256SUMS there, and later downloads are held to it`;
}
