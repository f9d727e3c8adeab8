/** What a file is by its first bytes, for messages about one that is not what was wanted. */

const SIGNATURES: readonly (readonly [bytes: string, kind: string])[] = [
  ["PK\x03\x04", "a zip archive (or an .xlsx, .ods or .keras file, which are such archives)"],
  ["PK\x05\x06", "a zip archive"],
  ["\x1f\x8b", "a gzip file"],
  ["BZh", "a bzip2 file"],
  ["\xfd7zXZ\0", "an xz file"],
  ["\x28\xb5\x2f\xfd", "a zstd file"],
  ["7z\xbc\xaf\x27\x1c", "a 7z archive"],
  ["\xd0\xcf\x11\xe0", "an old Office file such as .xls"],
  ["%PDF", "a PDF"],
  ["GGUF", "a GGUF model"],
  ["\x93NUMPY", "a NumPy array"],
  ["PAR1", "a Parquet file"],
  ["ARROW1", "an Arrow file"],
  ["\x89HDF", "an HDF5 file"],
  ["SQLite format 3", "an SQLite database"],
  ["\x89PNG", "a PNG picture"],
  ["\xff\xd8\xff", "a JPEG picture"],
  ["\xd4\xc3\xb2\xa1", "a packet capture"],
  ["\xa1\xb2\xc3\xd4", "a packet capture"],
  ["\x4d\x3c\xb2\xa1", "a packet capture"],
  ["\x0a\x0d\x0d\x0a", "a packet capture"],
  ["\x7fELF", "a program"],
  ["\x80\x02", "a Python pickle (as .pt and .pkl files are)"],
  ["\x80\x03", "a Python pickle (as .pt and .pkl files are)"],
  ["\x80\x04", "a Python pickle (as .pt and .pkl files are)"],
  ["\x80\x05", "a Python pickle (as .pt and .pkl files are)"],
];

/** Bytes of a file's beginning that are looked at. */
const HEAD_BYTES = 4_096;

/**
 * Names the kind of a file.
 *
 * @param bytes its beginning, or all of it
 * @returns `a CSV file`, `an ONNX model`, …; `undefined` where nothing is known
 */
export function fileKind(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return "empty";
  const head = bytes.subarray(0, HEAD_BYTES);
  const letters = Array.from(head.subarray(0, 16), (byte) => String.fromCharCode(byte)).join("");
  // The length of the header, eight bytes, and the header: JSON. Looked for first: a length may begin as other files do.
  if (letters[8] === "{" && head.subarray(4, 8).every((byte) => byte === 0)) return "a safetensors file";
  if (letters.startsWith("TFL3", 4)) return "a TensorFlow Lite model";
  const known = SIGNATURES.find(([signature]) => letters.startsWith(signature));
  if (known !== undefined) return known[1];
  // Field 1, the version of the format, comes first; the name of the producer or the graph follows.
  if (head[0] === 8 && head[1]! < 32 && (head[2] === 0x12 || head[2] === 0x3a)) return "an ONNX model";
  return textKind(head, bytes.length > HEAD_BYTES);
}

function textKind(head: Uint8Array, cut: boolean): string | undefined {
  const utf16 = head[0] === 0xff && head[1] === 0xfe || head[0] === 0xfe && head[1] === 0xff;
  let text: string;
  try {
    text = new TextDecoder(utf16 ? head[0] === 0xff ? "utf-16le" : "utf-16be" : "utf-8", { fatal: true })
      .decode(head, { stream: cut });
  } catch {
    return undefined;
  }
  // deno-lint-ignore no-control-regex -- what no text has
  if (/[\0-\x08\x0e-\x1a]/.test(text)) return undefined;
  const begin = text.trimStart().slice(0, 200).toLowerCase();
  if (begin === "") return "blank";
  if (/^<(!doctype html|html|head|body|!--)/.test(begin)) return "an HTML page";
  if (/^<(\?xml|svg)/.test(begin)) return "an XML file";
  if (begin.startsWith("version https://git-lfs")) return "a pointer of Git LFS, not the file itself";
  if (/^\{\s*["}]|^\[\s*[[{"\d\]-]/.test(begin)) return "a JSON file";
  const line = text.split(/\r\n?|\n/, 1)[0]!;
  // A sentence has a comma as well, and a blank behind it.
  return /[;\t|]|,\S/.test(line) ? "a CSV file" : "a text file";
}
