/** What a topic says of videos: where a poller that starts again finds what has vanished while it was down. */
import type { KafkaClient } from "../kafka/port.ts";
import { readEvent } from "../records/youtube_events.ts";
import { Totals } from "./totals.ts";

/** What was published of a video, and was not taken back. */
export interface PublishedVideo {
  readonly title: string;
  /** Whether the video itself was there. */
  readonly isThere: boolean;
  /** Ids of comments and replies. */
  readonly comments: ReadonlySet<string>;
}

/** Reads the events of these videos, from the topic's beginning to its present end. */
export async function readPublished(
  client: Pick<KafkaClient, "read">,
  { topic, videoIds, signal }: {
    readonly topic: string;
    readonly videoIds: readonly string[];
    readonly signal: AbortSignal;
  },
): Promise<Map<string, PublishedVideo>> {
  const totals = new Totals(), wanted = new Set(videoIds);
  for await (const { records } of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
    for (const { value } of records) {
      const found = readEvent(value);
      if ("event" in found && wanted.has(found.event.videoId)) totals.take(found.event);
    }
  }
  return new Map(
    totals.videoIds.map((videoId) => {
      const { title, removed } = totals.total(videoId)!;
      return [videoId, { title, isThere: removed !== true, comments: new Set(totals.commentIds(videoId)) }];
    }),
  );
}
