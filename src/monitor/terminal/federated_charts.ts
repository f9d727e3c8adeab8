/** The charts of a federation: loss and errors by round. Pure. */
import type { FederatedSnapshot } from "../boards/federated.ts";
import type { RoundRow } from "../boards/federated_rounds.ts";
import type { Curve, CurveStyle } from "./chart.ts";
import { type BoxSize, chartBox, type Palette } from "./panels.ts";

/** Curves over the rounds that are known, oldest first; `NaN` where a round has no such figure. */
function curveOf(rounds: readonly RoundRow[], figure: (round: RoundRow) => number | null): number[] {
  return rounds.toReversed().map((one) => figure(one) ?? NaN);
}

function roundLabels(rounds: readonly RoundRow[]): readonly [string, string, string] {
  const [first, last] = [rounds.at(-1)?.round ?? 0, rounds[0]?.round ?? 0];
  return [`round ${first}`, last - first < 2 ? "" : String(Math.round((first + last) / 2)), String(last)];
}

/** What is published of the rounds: an open one has no figures yet. */
function publishedOf({ rounds }: FederatedSnapshot): readonly RoundRow[] {
  return rounds.filter(({ state }) => state === "published");
}

interface ChartPlace {
  /** With its border. */
  readonly size: BoxSize;
  readonly palette: Palette;
}

function roundChart(
  curves: readonly (Curve & { readonly name: string })[],
  { title, rounds, size, palette }: ChartPlace & {
    readonly title: string;
    readonly rounds: readonly RoundRow[];
  },
): string[] {
  return chartBox(curves, {
    ...{ title, size, palette, spanMs: 0, fromZero: false },
    timeLabels: roundLabels(rounds),
  });
}

/** Loss that the devices report, by round. */
export function lossChart(snapshot: FederatedSnapshot, place: ChartPlace): string[] {
  const rounds = publishedOf(snapshot);
  const style: CurveStyle = { signs: "heavy", paint: place.palette.network };
  return roundChart([{ ...style, name: "loss", values: curveOf(rounds, ({ loss }) => loss) }], {
    ...place,
    ...{ title: "Loss by round", rounds },
  });
}

/** Error of the global model beside the last value's, by round. */
export function errorChart(snapshot: FederatedSnapshot, place: ChartPlace): string[] {
  const rounds = publishedOf(snapshot);
  const { palette: { network, baseline, good } } = place;
  return roundChart([
    {
      signs: "dots",
      paint: baseline,
      name: "last value",
      values: curveOf(rounds, ({ mse }) => mse.lastValue),
    },
    { signs: "light", paint: good, name: "local", values: curveOf(rounds, ({ mse }) => mse.local) },
    { signs: "heavy", paint: network, name: "global", values: curveOf(rounds, ({ mse }) => mse.global) },
  ], { ...place, title: "MSE", rounds });
}
