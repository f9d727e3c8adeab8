/**
 * Text of others on its way to people: whatever could steer a terminal or turn the order of letters round is
 * written as an escape. Applied where text leaves the program, so that no command has to think of it. Pure.
 */

/** Control characters (ESC, C1 …), invisible marks (bidi overrides …) but the joiners of scripts and emoji, lone surrogates. */
const STEERING = /[[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]--[\n\t\u200c\u200d]]/gv;
const MAY_STEER = /[^\x20-\x7e\n\t]/;

/** The text with `\u{1b}` for what could steer; line ends and tabs stay. */
export function harmless(text: string): string {
  if (!MAY_STEER.test(text)) return text;
  return text.replace(STEERING, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
}

/** One line of output: JSON keeps its meaning (`\u001b` inside of its texts), other text cannot end the line. */
export function harmlessLine(line: string): string {
  return /^[{["]/.test(line) && /[}\]"]$/.test(line)
    ? line.replace(STEERING, inJson)
    : harmless(line).replaceAll("\n", "\\u{a}");
}

/** As JSON escapes it: in UTF-16, beyond U+FFFF as two. */
function inJson(sign: string): string {
  return Array.from(
    { length: sign.length },
    (_, at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}

/** Text cut between words into lines of at most `width` letters; a word that is longer stays whole. */
export function wrapWords(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => {
    if (line.length <= width) return [line];
    const indent = /^ */.exec(line)![0];
    const lines: string[] = [];
    let now = indent;
    for (const word of line.slice(indent.length).split(" ")) {
      if (now.trim() === "" || now.length + 1 + word.length <= width) {
        now += (now.trim() === "" ? "" : " ") + word;
      } else {
        lines.push(now);
        now = indent + word;
      }
    }
    return [...lines, now];
  });
}
