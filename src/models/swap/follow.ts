// Not pure: it waits for files and topics.
/** Models on the road: the file of the running one and, where a topic is named, its announcements are followed. */
import type { KafkaClient } from "../../kafka/port.ts";
import { openAnnouncements } from "./announcements.ts";
import type { ModelIntake } from "./intake.ts";
import type { NamedModel } from "../container.ts";
import { watchModelFile } from "./watch.ts";

/** What is followed. */
export interface ModelFollowOptions<M extends NamedModel> {
  readonly intake: ModelIntake<M>;
  /** What was read from `path` at the start. */
  readonly running: NamedModel;
  readonly path: string;
  /** Topic of announcements. @default none */
  readonly topic?: string | undefined;
  readonly client: KafkaClient;
  readonly onTopicCreated?: (name: string) => void;
  /** Called when the topic cannot be followed any more; the running model stays. */
  readonly onWarning: (message: string) => void;
}

/**
 * Takes the newest announcement, then follows file and topic until it is disposed.
 *
 * @throws KafkaError where the topic cannot be read at the start.
 */
export async function followModels<M extends NamedModel>(
  { running: { sha256 }, path, topic, onWarning, ...rest }: ModelFollowOptions<M>,
): Promise<AsyncDisposable> {
  const ended = new AbortController();
  const { signal } = ended;
  const announcements = topic === undefined
    ? null
    : await openAnnouncements({ ...rest, path, topic, signal });
  const followed = announcements?.follow().catch((error: Error) => {
    if (!signal.aborted) onWarning(`the topic ${topic} is not followed any more: ${error.message}`);
  });
  const watched = watchModelFile({ path, sha256, intake: rest.intake, signal });
  watched.catch(() => {}); // said when it is disposed
  return {
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await Promise.all([followed, watched]);
    },
  };
}
