/** A federation on a screen of any size. Pure: what it returns always fits. */
import type { FederatedSnapshot } from "../boards/federated.ts";
import { formatCount } from "../../runtime/progress.ts";
import { errorChart, lossChart } from "./federated_charts.ts";
import {
  closingText,
  countedText,
  deviceLines,
  deviceTitle,
  errorLines,
  errorTitle,
  healthLine,
  NOTHING_YET,
  type PanelOptions,
  refusalLine,
  refusalLines,
  refusalTitle,
  roundLines,
  roundsLines,
  roundTitle,
} from "./federated_panels.ts";
import {
  frame,
  header,
  holds,
  keyBar,
  type KeyHint,
  type RenderOptions,
  shapeFor,
  type ShapeOptions,
  type Shapes,
} from "./frame.ts";
import { SCREEN_MIN } from "./limits.ts";
import { beside, box, judged, paletteOf } from "./panels.ts";
import { change, fit, short } from "./text.ts";

const SHAPES: Shapes<(snapshot: FederatedSnapshot, options: ShapeOptions) => string[]> = {
  tiny: tinyScreen,
  compact: compactScreen,
  middle: middleScreen,
  full: fullScreen,
};

const KEYS: readonly KeyHint[] = [
  ["q", "quit"],
  ["?", "help"],
  ["p", "pause"],
  ["f", "devices"],
  ["o", "order"],
  ["+ -", "refresh"],
];

/** Everything at once. @returns Exactly `size.rows` lines of at most `size.columns` cells, colour codes aside. */
export function renderFederated(snapshot: FederatedSnapshot, options: RenderOptions): string[] {
  const lines = shapeFor(options.size, SHAPES)(snapshot, { ...options, palette: paletteOf(options.color) });
  return frame({ lines, help: HELP }, options);
}

/** The devices alone, as many as there is room for. */
export function renderDevices(snapshot: FederatedSnapshot, options: RenderOptions): string[] {
  const shape = { ...options, palette: paletteOf(options.color) };
  const { size: { columns, rows } } = options;
  const devices = (inside: PanelOptions) => deviceLines(snapshot, inside);
  const lines = holds(options.size, SCREEN_MIN)
    ? [
      federatedHeader(snapshot, shape),
      ...panel(devices, { ...shape, width: columns, height: rows - 2, title: deviceTitle(snapshot) }),
      keys(shape, "rounds"),
    ]
    : tinyScreen(snapshot, shape);
  return frame({ lines, help: HELP }, options);
}

function keys(options: ShapeOptions, page: string): string {
  const hints = KEYS.map(([key, what]): KeyHint => [key, key === "f" ? page : what]);
  return keyBar({ hints, wideFrom: 70 }, options);
}

function federatedHeader({ round, deviceCount }: FederatedSnapshot, options: ShapeOptions): string {
  const { title } = options;
  if (round === null) return header({ facts: [title] }, options);
  return header({
    facts: [
      title,
      `round ${formatCount(round.round)} ${round.state}`,
      `${formatCount(deviceCount)} devices`,
      round.strategy,
    ],
  }, options);
}

/** A box with these lines. */
function panel(
  lines: (inside: PanelOptions) => readonly string[],
  { width, height, title, palette }: Pick<ShapeOptions, "palette"> & {
    readonly width: number;
    readonly height: number;
    readonly title: string;
  },
): string[] {
  const inside = { size: { width: width - 4, height: height - 2 }, palette };
  return box(lines(inside), { title, size: { width, height }, palette });
}

/** Round and errors side by side. */
function facts(
  snapshot: FederatedSnapshot,
  { columns, height, palette }: Pick<ShapeOptions, "palette"> & {
    readonly columns: number;
    readonly height: number;
  },
): string[] {
  const left = Math.floor(columns / 2);
  return beside(
    panel((inside) => roundLines(snapshot, inside), {
      ...{ width: left, height, palette, title: roundTitle(snapshot) },
    }),
    panel((inside) => errorLines(snapshot, inside), {
      ...{ width: columns - left, height, palette, title: errorTitle(snapshot) },
    }),
  );
}

function fullScreen(snapshot: FederatedSnapshot, options: ShapeOptions): string[] {
  const { size: { columns, rows }, palette } = options;
  const [factHeight, chartHeight, lastHeight] = [9, rows >= 38 ? 10 : 8, rows >= 38 ? 8 : 6];
  const left = Math.floor(columns / 2);
  const size = { width: left, height: chartHeight };
  return [
    federatedHeader(snapshot, options),
    ...facts(snapshot, { columns, height: factHeight, palette }),
    ...beside(
      lossChart(snapshot, { size, palette }),
      errorChart(snapshot, { size: { ...size, width: columns - left }, palette }),
    ),
    ...panel((inside) => deviceLines(snapshot, inside), {
      ...{ palette, width: columns, height: rows - 2 - factHeight - chartHeight - lastHeight },
      title: deviceTitle(snapshot),
    }),
    ...beside(
      panel((inside) => roundsLines(snapshot, inside), {
        ...{ palette, width: left, height: lastHeight, title: "Rounds" },
      }),
      panel((inside) => refusalLines(snapshot, inside), {
        ...{ palette, width: columns - left, height: lastHeight, title: refusalTitle(snapshot, palette) },
      }),
    ),
    keys(options, "devices"),
  ];
}

function middleScreen(snapshot: FederatedSnapshot, options: ShapeOptions): string[] {
  const { size: { columns, rows }, palette } = options;
  const [factHeight, chartHeight] = [8, rows >= 28 ? 8 : 6];
  return [
    federatedHeader(snapshot, options),
    ...facts(snapshot, { columns, height: factHeight, palette }),
    ...lossChart(snapshot, { size: { width: columns, height: chartHeight }, palette }),
    ...panel((inside) => deviceLines(snapshot, inside), {
      ...{
        palette,
        width: columns,
        height: rows - 3 - factHeight - chartHeight,
        title: deviceTitle(snapshot),
      },
    }),
    fit(` ${healthLine(snapshot)}`, columns),
    keys(options, "devices"),
  ];
}

/** The essential in a few lines: the first ones matter most. */
function essentials(snapshot: FederatedSnapshot, { palette }: ShapeOptions): string[] {
  const { round, mse, loss, doubt, overdueMs, refusals } = snapshot;
  if (round === null) return [NOTHING_YET];
  const closing = closingText(snapshot);
  return [
    overdueMs === null
      ? `round ${round.round}  updates ${countedText(round)}  ${closing}`
      : palette.bad(`round ${round.round}: ${closing}`),
    `MSE global ${palette.network(short(mse.global))}  last value ${
      palette.baseline(short(mse.lastValue))
    }  ${judged(change(mse.global, mse.lastValue), palette)}  loss ${short(loss)}`,
    ...(doubt === null ? [] : [palette.baseline(`! ${doubt}`)]),
    healthLine(snapshot),
    ...refusals.slice(0, 1).map((one) => `  ${refusalLine(one, palette)}`),
  ];
}

function compactScreen(snapshot: FederatedSnapshot, options: ShapeOptions): string[] {
  const { size: { columns, rows }, palette } = options;
  const lines = essentials(snapshot, options).map((line) => ` ${line}`);
  const height = rows - 2 - lines.length;
  const drawn = height < 5
    ? new Array<string>(height).fill("")
    : panel((inside) => deviceLines(snapshot, inside), {
      ...{ palette, width: columns, height, title: deviceTitle(snapshot) },
    });
  return [federatedHeader(snapshot, options), ...drawn, ...lines, keys(options, "devices")];
}

function tinyScreen(snapshot: FederatedSnapshot, options: ShapeOptions): string[] {
  const { size: { rows }, keys, trouble, paused } = options;
  const { round, mse, deviceCount, refused, loss, overdueMs } = snapshot;
  const lines = [
    round === null ? "no round" : `round ${round.round} ${round.state}`,
    round === null ? "" : `updates ${countedText(round)}`,
    `loss ${short(loss)} MSE ${short(mse.global)}`,
    `devices ${formatCount(deviceCount)}`,
    `refused ${formatCount(refused)}`,
    trouble ?? (overdueMs !== null ? "server gone?" : paused ? "paused" : "live"),
  ];
  return [...lines.slice(0, Math.max(1, rows - 1)), keys ? "q quit" : "Ctrl-C quit"];
}

const HELP: readonly string[] = [
  "q, Ctrl-C   quit",
  "? or h      this help (Esc closes it)",
  "p, space    pause; reading goes on",
  "f           devices alone, and back",
  "o           order of devices: name, seen last,",
  "            error, refused, anomalies",
  "+  -        refresh less or more often",
  "",
  "MSE is what devices report of readings that",
  "they had not learned from, in units of each",
  "one's variance: -12 % = better than the last",
  "value. Times are UTC.",
];
