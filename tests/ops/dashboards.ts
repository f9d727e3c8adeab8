/** The dashboards of ops/grafana, and the queries in them. */

/** As far as tests look into it. */
export interface DashboardJson {
  readonly uid: string;
  readonly id: null;
  readonly title: string;
  readonly description: string;
  readonly refresh: string;
  readonly panels: readonly PanelJson[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly description: string;
      readonly datasource: { readonly uid: string };
      readonly query: { readonly query: string };
    }[];
  };
  readonly annotations: {
    readonly list: readonly {
      readonly name: string;
      readonly expr: string;
      readonly datasource: { readonly uid: string };
    }[];
  };
}

/** A panel of it. */
export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: {
    readonly defaults: { readonly unit: string; readonly thresholds: { readonly steps: readonly unknown[] } };
  };
  readonly options?: Readonly<Record<string, unknown>>;
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

/** A query, and where it stands. */
export interface PlacedQuery {
  readonly place: string;
  readonly expr: string;
}

const folder = new URL("../../ops/grafana/dashboards/", import.meta.url);

/** Every dashboard, by the name of its file. */
export async function readDashboards(): Promise<{ name: string; dashboard: DashboardJson }[]> {
  const found = [];
  for await (const { name } of Deno.readDir(folder)) {
    const dashboard = JSON.parse(await Deno.readTextFile(new URL(name, folder))) as DashboardJson;
    found.push({ name: name.replace(/\.json$/, ""), dashboard });
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Queries of panels and annotations. */
export function queriesOf({ name, dashboard }: { name: string; dashboard: DashboardJson }): PlacedQuery[] {
  return [
    ...dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ place: `${name}: ${title}`, expr }))
    ),
    ...dashboard.annotations.list.map(({ name: note, expr }) => ({
      place: `${name}: annotation ${note}`,
      expr,
    })),
  ];
}
