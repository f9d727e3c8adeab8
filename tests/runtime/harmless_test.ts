/** Text of others and times of others, on their way to people. */
import assert from "node:assert/strict";
import { reportFailure } from "../../src/cli/program/failures.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { harmless, harmlessLine, wrapWords } from "../../src/runtime/harmless.ts";
import { createLog } from "../../src/runtime/log.ts";
import { createLineWriter, layOut } from "../../src/runtime/output.ts";
import { isoTime, timeText } from "../../src/runtime/time.ts";
import { trafficForecastSchema } from "../../src/records/forecasts.ts";
import { FakeTraffic } from "../support/fake_traffic.ts";

Deno.test("harmless() writes what could steer as escapes and leaves every script and emoji as it is", () => {
  const plain = "Grüße, 日本語, עברית, می‌خواهم, 👨‍👩‍👧, é\n\tx";
  assert.equal(harmless(plain), plain);
  assert.equal(
    harmless("\x1b[2J\x9b\r\u202e\u2066\u200f\ufeff\u{e0041}\ud800"),
    [
      ..."1b 9b d 202e 2066 200f feff e0041 d800".split(" "),
    ].map((hex) => `\\u{${hex}}`).join("").replace("{1b}", "{1b}[2J"),
  );
});

Deno.test("harmlessLine() keeps JSON the same value, and other text on its line", () => {
  const value = { "a\x1b\u202e": ["\x9b\u{e0041}\n\u007f", { "b": 1 }] };
  const line = harmlessLine(JSON.stringify(value));
  assert.doesNotMatch(line, /[[\p{Cc}\p{Cf}]]/v);
  assert.deepEqual(JSON.parse(line), value);
  assert.equal(harmlessLine("name\nerror: all is lost\x1b"), "name\\u{a}error: all is lost\\u{1b}");
});

Deno.test("wrapWords() cuts between words alone, and keeps the indentation", () => {
  assert.deepEqual(wrapWords("one two three four", 9), ["one two", "three", "four"]);
  assert.deepEqual(wrapWords("  one two three", 9), ["  one two", "  three"]);
  assert.deepEqual(wrapWords("a-very-long-word b", 5), ["a-very-long-word", "b"]);
  assert.deepEqual(wrapWords("one\ntwo three", 20), ["one", "two three"]);
});

Deno.test("messages are wrapped on a terminal, whole elsewhere, and cannot look like another message", () => {
  const words = Array.from({ length: 60 }, (_, at) => `word${at}`);
  for (const columns of [80, 100, 120, null]) {
    let text = "";
    const write = (more: string) => void (text += more);
    const log = createLog({
      ...{ quiet: false, verbose: true, color: false, terminal: false, write, columns: () => columns },
    });
    log.warn(words.join(" "));
    log.info(words.join(" "));
    log.debug(words.join(" "));
    const hint = words.join(" ");
    reportFailure(new UserError(words.join(" "), { hint }), { verbose: false, write, columns });
    const lines = text.trimEnd().split("\n");
    for (const line of lines) assert.ok(line.length < (columns ?? Infinity), line);
    assert.equal(lines.length === 5, columns === null);
    for (const word of words) assert.equal(text.split(new RegExp(`\\b${word}\\b`)).length, 6, word);
  }
  assert.equal(
    layOut("a group\nwarning: nothing\x1b[2J", { columns: null }),
    "a group\n    warning: nothing\\u{1b}[2J",
  );
});

Deno.test("createLineWriter() writes harmless lines", () => {
  let text = "";
  const writer = {
    writeSync: (bytes: Uint8Array) => (text += new TextDecoder().decode(bytes), bytes.length),
  };
  const out = createLineWriter(writer, () => {});
  out("topic \x1b]0;x\x07");
  assert.equal(text, "topic \\u{1b}]0;x\\u{7}\n");
});

Deno.test("numbers of others that are no time are shown as numbers", () => {
  assert.equal(isoTime(0), "1970-01-01T00:00:00.000Z");
  for (const ms of [2 ** 60, -(2 ** 60), Infinity, NaN]) {
    assert.equal(isoTime(ms), null);
    assert.equal(timeText(ms), `no time (${ms} ms)`);
  }
});

Deno.test("a record whose time does not exist is no record", () => {
  const [forecast] = new FakeTraffic().window(0).forecasts;
  assert.ok(trafficForecastSchema.safeParse(forecast).success);
  const window = { start: "2026-99-99T99:99:99.999Z", end: "2026-13-01T00:00:00.000Z" };
  assert.ok(!trafficForecastSchema.safeParse({ ...forecast, window }).success);
});
