/**
 * What a dashboard's JSON has to be, by the types that Grafana publishes (@grafana/schema; it has no JSON schema): those of
 * dashboards, and of the options of each kind of panel that we use.
 */
import type {
  AnnotationQuery,
  Dashboard,
  DataQuery,
  FieldConfigSource,
  Panel,
  RowPanel,
  SingleStatBaseOptions,
  TableFieldOptions,
  TableOptions,
  VariableModel,
} from "@grafana/schema";
import type * as Stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as TimeSeries from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

/** A type as JSON has it: an enumeration is the texts or numbers of its members. */
type Plain<T> = unknown extends T ? T
  : T extends string ? `${T}`
  : T extends number ? (`${T}` extends `${infer N extends number}` ? N : never)
  : T extends object ? { [K in keyof T]: Plain<T[K]> }
  : T;

/** Of the data source, which Grafana keeps apart from the schema. */
interface PrometheusQuery extends DataQuery {
  readonly expr: string;
  readonly legendFormat: string;
  readonly editorMode: "code";
  readonly range: boolean;
  readonly instant: boolean;
  readonly format?: "table";
}

type PanelOf<Kind extends string, Options, Custom> =
  & Omit<Panel, "type" | "options" | "fieldConfig" | "targets">
  & {
    type: Kind;
    title: string;
    description: string;
    options: Options;
    fieldConfig: FieldConfigSource<Custom>;
    targets: PrometheusQuery[];
  };

type Panels =
  | PanelOf<"timeseries", TimeSeries.Options, TimeSeries.FieldConfig>
  | PanelOf<"stat", Stat.Options & SingleStatBaseOptions, never>
  | PanelOf<"table", Partial<TableOptions>, TableFieldOptions>
  | (RowPanel & { type: "row" });

/** A query of labels, and of an annotation, as the data source has them. */
type Variable = VariableModel & { query: { qryType: 1; query: string; refId: string } };
type Annotation = AnnotationQuery & {
  expr: string;
  step: string;
  titleFormat: string;
  textFormat: string;
  tagKeys: string;
  useValueForTime: boolean;
};

/** A file of `ops/grafana/dashboards`. */
export type DashboardFile = Plain<
  & Omit<Dashboard, "panels" | "templating" | "annotations" | "id">
  & {
    id: null;
    uid: string;
    refresh: string;
    panels: Panels[];
    templating: { list: Variable[] };
    annotations: { list: Annotation[] };
  }
>;
