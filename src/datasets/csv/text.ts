/** Bytes of a text file → text, piece by piece: UTF-8 or UTF-16, line ends as line feeds; the beginning can be looked at. */
import { UserError } from "../../runtime/errors.ts";
import { fileKind } from "../../runtime/file_kind.ts";

/** A file whose beginning is looked at before it is read. */
export class TextSource {
  readonly #pieces: AsyncIterator<string>;
  readonly #patienceMs: number;
  readonly #held: string[] = [];
  #chars = 0;
  #ended = false;
  #next: Promise<IteratorResult<string>> | undefined;

  /**
   * @param options.name for messages
   * @param options.patienceMs how long a beginning is waited for once there are some lines; endless for files
   */
  constructor(bytes: AsyncIterable<Uint8Array>, { name, patienceMs = Infinity }: {
    readonly name: string;
    readonly patienceMs?: number;
  }) {
    this.#pieces = decode(bytes, name)[Symbol.asyncIterator]();
    this.#patienceMs = patienceMs;
  }

  /** Whether {@linkcode begin} has seen everything. */
  get complete(): boolean {
    return this.#ended;
  }

  /** Characters that {@linkcode begin} has seen. */
  get chars(): number {
    return this.#chars;
  }

  /** The text from the beginning to at least `chars`, to the end, or to where its writer pauses after two lines. */
  async begin(chars: number): Promise<string> {
    while (!this.#ended && this.#chars < chars) {
      this.#next ??= this.#pieces.next();
      const found = await this.#within(this.#next);
      if (found === undefined) break;
      this.#next = undefined;
      if (found.done === true) this.#ended = true;
      else this.#hold(found.value);
    }
    return this.#held.join("");
  }

  /** The next piece beyond the beginning, however long it takes. */
  async more(): Promise<void> {
    const found = await (this.#next ?? this.#pieces.next());
    this.#next = undefined;
    if (found.done === true) this.#ended = true;
    else this.#hold(found.value);
  }

  /** Everything, the beginning included; once. */
  async *read(): AsyncIterable<string> {
    try {
      yield* this.#held.splice(0);
      while (!this.#ended) {
        const found = await (this.#next ?? this.#pieces.next());
        this.#next = undefined;
        if (found.done === true) this.#ended = true;
        else yield found.value;
      }
    } finally {
      await this.close();
    }
  }

  /** Gives the file back. */
  async close(): Promise<void> {
    if (!this.#ended && this.#next === undefined) await this.#pieces.return?.();
    this.#ended = true;
  }

  #hold(piece: string): void {
    this.#held.push(piece);
    this.#chars += piece.length;
  }

  async #within(
    next: Promise<IteratorResult<string>>,
  ): Promise<IteratorResult<string> | undefined> {
    if (this.#patienceMs === Infinity || this.#held.join("").split("\n").length < 3) return await next;
    const pause = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => pause.resolve(undefined), this.#patienceMs);
    try {
      return await Promise.race([next, pause.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** UTF-16 by its mark, or by the zeros of its first letters. */
function encodingOf(head: Uint8Array): string {
  const [a, b, c, d] = head;
  if (a === 0xff && b === 0xfe || b === 0 && d === 0 && a !== 0 && c !== 0) return "utf-16le";
  if (a === 0xfe && b === 0xff || a === 0 && c === 0 && b !== 0 && d !== 0) return "utf-16be";
  return "utf-8";
}

async function* decode(bytes: AsyncIterable<Uint8Array>, name: string): AsyncIterable<string> {
  let decoder: TextDecoder | undefined;
  let waiting = "";
  const text = (chunk?: Uint8Array) => {
    try {
      return chunk === undefined ? decoder!.decode() : decoder!.decode(chunk, { stream: true });
    } catch (error) {
      throw new UserError(`cannot read ${name}: it is not UTF-8 text`, {
        hint: "save it as CSV in UTF-8",
        cause: error,
      });
    }
  };
  for await (const chunk of bytes) {
    if (chunk.length === 0) continue;
    if (decoder === undefined) {
      refuseForeign(chunk, name);
      decoder = new TextDecoder(encodingOf(chunk), { fatal: true });
    }
    // Half of a CRLF waits for the other half.
    waiting += text(chunk);
    const end = waiting.endsWith("\r") ? waiting.length - 1 : waiting.length;
    if (end > 0) yield checked(lineFeeds(waiting.slice(0, end)), name);
    waiting = waiting.slice(end);
  }
  if (decoder !== undefined) waiting += text();
  if (waiting !== "") yield checked(lineFeeds(waiting), name);
}

function lineFeeds(text: string): string {
  return text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text;
}

function checked(text: string, name: string): string {
  if (!text.includes("\0")) return text;
  throw new UserError(`cannot read ${name}: it holds zero bytes, which no text has`, {
    hint: "save it as CSV in UTF-8",
  });
}

function refuseForeign(head: Uint8Array, name: string): void {
  const kind = fileKind(head);
  if (kind === undefined || /^(a (CSV|text) file|blank|empty)$/.test(kind)) return;
  throw new UserError(`cannot read ${name}: it is ${kind}, and no CSV file`, {
    hint: "export it as CSV: a first line with the columns' names, then a line for each reading",
  });
}
