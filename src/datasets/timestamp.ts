/** Times as people write them in files → ISO 8601, UTC, with milliseconds. */

const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i;

/** Below this a bare number is Unix seconds (until the year 5138), from it on milliseconds. */
const SECONDS_BELOW = 1e11;

/**
 * ISO 8601 (a blank for the `T` is understood; without a zone it is UTC), Unix seconds or milliseconds.
 *
 * @returns `undefined` for what is no time.
 */
export function parseTimestamp(text: string): string | undefined {
  const trimmed = text.trim();
  if (/^-?\d+(?:\.\d+)?$/.test(trimmed) && !/^\d{4}$/.test(trimmed)) {
    const value = Number(trimmed);
    return toIso(Math.round(Math.abs(value) < SECONDS_BELOW ? value * 1000 : value));
  }
  const found = ISO.exec(trimmed);
  if (found === null) return undefined;
  const zone = found[1];
  const local = zone === undefined ? trimmed : trimmed.slice(0, -zone.length).trim();
  const day = Number(local.slice(8, 10));
  const dateTime = local.length === 10 ? `${local}T00:00:00` : local.replace(" ", "T").replace(",", ".");
  const offset = zone === undefined || /^(Z|UTC)$/i.test(zone)
    ? "Z"
    : zone.replace(/(\d\d):?(\d\d)$/, "$1:$2");
  // 30 February would be read as 2 March.
  if (new Date(`${dateTime}Z`).getUTCDate() !== day) return undefined;
  return toIso(Date.parse(dateTime + offset));
}

function toIso(ms: number): string | undefined {
  const iso = Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : undefined;
  return iso !== undefined && /^\d{4}-/.test(iso) ? iso : undefined;
}
