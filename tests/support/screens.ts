/** What tests of screens share: how they are drawn, that they fit, that they are harmless. */
import assert from "node:assert/strict";
import type { RenderOptions, ScreenSize } from "../../src/monitor/terminal/frame.ts";
import { widthOf } from "../../src/monitor/terminal/text.ts";

/** A screen without colour, of that size. */
export function screenOptions(
  columns: number,
  rows: number,
  more: Partial<RenderOptions> = {},
): RenderOptions {
  return {
    size: { columns, rows },
    ...{ color: false, title: "127.0.0.1:9092", trouble: null, paused: false, help: false },
    ...{ refreshMs: 1_000, keys: true },
    ...more,
  };
}

/** As many lines as there are rows, none wider than the screen. */
export function assertFits(lines: readonly string[], { columns, rows }: ScreenSize): void {
  assert.equal(lines.length, rows);
  for (const line of lines) assert.ok(widthOf(line) <= columns, `${widthOf(line)} > ${columns}: ${line}`);
}

/** Compares with what was looked at; `UPDATE_GOLDEN=1` writes it. @param golden where it is */
export async function assertGolden(lines: readonly string[], golden: URL): Promise<void> {
  const text = lines.map((line) => line.trimEnd()).join("\n") + "\n";
  if (Deno.env.get("UPDATE_GOLDEN") === "1") await Deno.writeTextFile(golden, text);
  assert.equal(text, await Deno.readTextFile(golden));
}

/** Emoji with joiners, right-to-left letters and override, escape sequences, a bell, new lines, a lone surrogate. */
export const NASTY = "👩‍👩‍👧\u202eשלום\u2066 \x1b]0;owned\x07\x1b[2J\r\n\t\ud83d é\u0301 \u009b31m";
const HARMFUL = /[\p{C}\p{M}\p{Bidi_Control}\p{Emoji_Presentation}]/u;

/** None of the lines does anything to a terminal but stand there. */
export function assertHarmless(lines: readonly string[]): void {
  for (const line of lines) assert.doesNotMatch(line, HARMFUL, JSON.stringify(line));
}
