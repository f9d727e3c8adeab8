/** HTTP by hand: what no well-behaved client would send. */

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** The port of `http://127.0.0.1:8080`. */
export function portOf(url: string): number {
  return Number(new URL(url).port);
}

/** Opens a connection to the server at `url` and sends the bytes of `text`. */
export async function sendRaw(url: string, text: string): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: portOf(url) });
  await writeAll(connection, text);
  return connection;
}

/** Sends more; `false` where the server has closed the connection. */
export async function writeAll(connection: Deno.TcpConn, text: string): Promise<boolean> {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(await connection.write(bytes));
    return true;
  } catch {
    return false;
  }
}

/** What the server sends until `isWhole` or until it closes the connection. */
export async function readText(
  connection: Deno.TcpConn,
  isWhole: (text: string) => boolean = () => false,
): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  try {
    while (!isWhole(text)) {
      const n = await connection.read(buffer);
      if (n === null) break;
      text += decoder.decode(buffer.subarray(0, n), { stream: true });
    }
  } catch {
    // It was reset: what came before it counts.
  }
  connection.close();
  return text;
}

/** Whether an answer is there, by its own length. */
export function isWholeAnswer(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /^content-length: (\d+)/im.exec(text)?.[1];
  if (length !== undefined) return text.length >= end + 4 + Number(length);
  return !/^transfer-encoding: chunked/im.test(text) || text.endsWith("0\r\n\r\n");
}

/** Head and body of an answer's text. */
export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Headers(lines.map((line) => {
    const at = line.indexOf(":");
    return [line.slice(0, at), line.slice(at + 1).trim()] as [string, string];
  }));
  const body = text.slice(end + 4);
  const isChunked = headers.get("transfer-encoding") === "chunked";
  return { status: Number(first.split(" ")[1]), headers, body: isChunked ? joinChunks(body) : body };
}

/** Of ASCII. */
function joinChunks(text: string): string {
  const [, size = "0"] = /^([0-9a-f]+)\r\n/i.exec(text) ?? [];
  const begin = size.length + 2;
  const length = parseInt(size, 16);
  return length === 0 ? "" : text.slice(begin, begin + length) + joinChunks(text.slice(begin + length + 2));
}

/** One request, its lines without the last two; the connection is closed after the answer's head and body. */
export async function askRaw(url: string, lines: readonly string[], body = ""): Promise<RawAnswer> {
  const text = [...lines, "Connection: close", "", body].join("\r\n");
  return parseAnswer(await readText(await sendRaw(url, text), isWholeAnswer));
}
