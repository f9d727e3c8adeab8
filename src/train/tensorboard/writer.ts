// Not pure: it writes files.
/** An event file on disk: appended to, never rewritten. */
import { join } from "node:path";
import { encodeFileStart } from "./event.ts";
import { frameRecord } from "./record.ts";

/** Bytes held back at most until they are written. */
const HELD_BYTES_MAX = 64 * 1024;

/** Makes names of files unique within one process, folder and second. */
let opened = 0;

/** Writes events to one file; nothing here is caught, the caller names what failed. */
export class EventWriter implements Disposable {
  readonly #file: Deno.FsFile;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  /** Makes a new file in `directory`, which is made where it is missing. */
  constructor(directory: string, nowMs: number) {
    Deno.mkdirSync(directory, { recursive: true });
    const seconds = String(Math.floor(nowMs / 1000)).padStart(10, "0");
    const name = `events.out.tfevents.${seconds}.${Deno.hostname()}.${Deno.pid}.${opened++}`;
    this.#file = Deno.openSync(join(directory, name), { createNew: true, append: true });
    this.write(encodeFileStart(nowMs / 1000));
    this.flush();
  }

  /** Takes an event; it is in the file after the next {@linkcode flush} at the latest. */
  write(event: Uint8Array): void {
    const record = frameRecord(event);
    this.#held.push(record);
    this.#heldBytes += record.length;
    if (this.#heldBytes > HELD_BYTES_MAX) this.flush();
  }

  /** Writes what is held, whole records one after the other. */
  flush(): void {
    const bytes = new Uint8Array(this.#heldBytes);
    let at = 0;
    for (const record of this.#held) {
      bytes.set(record, at);
      at += record.length;
    }
    this.#held = [];
    this.#heldBytes = 0;
    for (let written = 0; written < bytes.length;) written += this.#file.writeSync(bytes.subarray(written));
  }

  /** Closes the file; what is held and not flushed is lost. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
