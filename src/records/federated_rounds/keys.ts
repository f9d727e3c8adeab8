/** Keys of `federated-rounds`: the kind of a record, then what it is of. */

/** What a record is of. */
export type RoundsKey =
  | { readonly kind: "round" | "global" | "strategy"; readonly round: number }
  | { readonly kind: "update"; readonly round: number; readonly device: string }
  | { readonly kind: "device" | "refusal"; readonly device: string }
  | { readonly kind: "server"; readonly run: string };

/** The text of a key. */
export function printRoundsKey(key: RoundsKey): string {
  switch (key.kind) {
    case "update":
      return `update/${key.round}/${key.device}`;
    case "device":
    case "refusal":
      return `${key.kind}/${key.device}`;
    case "server":
      return `server/${key.run}`;
    default:
      return `${key.kind}/${key.round}`;
  }
}

/** What a key says; `null` where it is none of these. A device's name may have slashes. */
export function readRoundsKey(text: string): RoundsKey | null {
  const [, kind, rest] = /^([a-z]+)\/([^]+)$/.exec(text) ?? [];
  switch (kind) {
    case "round":
    case "global":
    case "strategy": {
      const round = roundOf(rest!);
      return round === null ? null : { kind, round };
    }
    case "update": {
      const [, digits, device] = /^([0-9]+)\/([^]+)$/.exec(rest!) ?? [];
      const round = digits === undefined ? null : roundOf(digits);
      return round === null ? null : { kind, round, device: device! };
    }
    case "device":
    case "refusal":
      return { kind, device: rest! };
    case "server":
      return { kind, run: rest! };
    default:
      return null;
  }
}

function roundOf(digits: string): number | null {
  const round = /^(?:0|[1-9][0-9]{0,15})$/.test(digits) ? Number(digits) : NaN;
  return Number.isSafeInteger(round) ? round : null;
}
