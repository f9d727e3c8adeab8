/** What people write for a video → its id. Pure. */

/** Videos of a run. */
export const VIDEOS_OF_RUN_MAX = 5;

const ID = /^[A-Za-z0-9_-]{11}$/;
/** An id that looks like a flag. */
export const DASHED_ID = /^-[A-Za-z0-9_-]{10}$/;
const HOSTS = /^(?:www\.|m\.|music\.)?(?:youtube\.com|youtube-nocookie\.com)$/;

/** The id of a video from an id or a URL (watch, youtu.be, shorts, live, embed); `null` where it is neither. */
export function videoIdOf(written: string): string | null {
  const text = written.trim();
  if (ID.test(text)) return text;
  const address = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(address)) return null;
  const { hostname, pathname, searchParams } = new URL(address);
  const [first = "", second = ""] = pathname.split("/").filter((part) => part !== "");
  const id = hostname === "youtu.be"
    ? first
    : !HOSTS.test(hostname)
    ? ""
    : first === "watch"
    ? searchParams.get("v") ?? ""
    : ["shorts", "live", "embed", "v"].includes(first)
    ? second
    : "";
  return ID.test(id) ? id : null;
}

/** Ids in the order given, and what is wrong with the rest. */
export interface VideoIds {
  /** Each once. */
  readonly ids: readonly string[];
  readonly repeated: readonly string[];
  readonly unknown: readonly string[];
}

/** Reads ids and URLs. */
export function videoIdsOf(written: readonly string[]): VideoIds {
  const ids = new Set<string>();
  const repeated = new Set<string>();
  const unknown: string[] = [];
  for (const text of written) {
    const id = videoIdOf(text);
    if (id === null) unknown.push(text);
    else if (ids.has(id)) repeated.add(id);
    else ids.add(id);
  }
  return { ids: [...ids], repeated: [...repeated], unknown };
}
