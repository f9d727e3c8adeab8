/** The dashboards are what Grafana's published types say: nothing is missing, misspelt or of another type. */
import assert from "node:assert/strict";
import { fromFileUrl } from "../tidy/paths.ts";
import { withFolder } from "../support/folder.ts";
import { readDashboards } from "./dashboards.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

/** What the compiler says of values that shall satisfy the type; empty where they do. */
async function complaintsOf(values: Readonly<Record<string, unknown>>): Promise<string> {
  return await withFolder(async (folder) => {
    const path = `${folder}/dashboards.ts`;
    await Deno.writeTextFile(
      path,
      [
        `import type { DashboardFile } from ${JSON.stringify(`file://${root}tests/ops/grafana_types.ts`)};`,
        ...Object.entries(values).map(([name, value]) =>
          `export const ${name} = ${JSON.stringify(value)} satisfies DashboardFile;`
        ),
      ].join("\n"),
    );
    const args = ["check", "--quiet", "--frozen", "--config", `${root}deno.json`, path];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      env: { NO_COLOR: "1" },
      stdout: "null",
      stderr: "piped",
    }).output();
    const text = new TextDecoder().decode(stderr).replace(/^ {4}export const .*$/gm, "");
    assert.equal(success, text === "", text);
    return text;
  });
}

Deno.test("every dashboard has the types of Grafana's schema", async () => {
  const dashboards = await readDashboards();
  assert.equal(
    await complaintsOf(Object.fromEntries(dashboards.map(({ name, dashboard }) => [name, dashboard]))),
    "",
  );
});

Deno.test("what is misspelt or of another type is found", async () => {
  const [first] = await readDashboards();
  const panel = first!.dashboard.panels.find(({ type }) => type === "timeseries")!;
  const withPanel = (altered: unknown) => ({ ...first!.dashboard, panels: [altered] });
  const said = await complaintsOf({
    mode: withPanel({ ...panel, options: { ...panel.options, tooltip: { mode: "many", sort: "desc" } } }),
    typo: withPanel({ ...panel, gridPos: { ...panel.gridPos, width: 3 } }),
    id: { ...first!.dashboard, id: 7 },
  });
  assert.match(said, /"many"/);
  assert.match(said, /width/);
  assert.match(said, /'number' is not assignable to type 'null'/);
});
