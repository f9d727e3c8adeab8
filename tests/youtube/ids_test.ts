import assert from "node:assert/strict";
import { videoIdOf, videoIdsOf } from "../../src/youtube/ids.ts";

const ID = "dQw4w9WgXcQ";

for (
  const written of [
    ID,
    ` ${ID} `,
    `https://www.youtube.com/watch?v=${ID}`,
    `https://www.youtube.com/watch?list=PL1&v=${ID}&t=42s`,
    `http://m.youtube.com/watch?v=${ID}`,
    `https://music.youtube.com/watch?v=${ID}`,
    `youtube.com/watch?v=${ID}`,
    `https://youtu.be/${ID}?si=abc`,
    `youtu.be/${ID}`,
    `https://www.youtube.com/shorts/${ID}`,
    `https://www.youtube.com/live/${ID}?feature=share`,
    `https://www.youtube.com/embed/${ID}`,
    `https://www.youtube-nocookie.com/embed/${ID}`,
  ]
) Deno.test(`videoIdOf() reads ${written}`, () => assert.equal(videoIdOf(written), ID));

for (
  const written of [
    "",
    "dQw4w9WgXc",
    "dQw4w9WgXcQQ",
    "dQw4w9WgXc!",
    `https://example.com/watch?v=${ID}`,
    `https://youtube.com.example.com/watch?v=${ID}`,
    "https://www.youtube.com/watch?v=short",
    "https://www.youtube.com/@channel",
    `https://www.youtube.com/playlist?list=${ID}`,
    "https://",
    "\x1b[2J",
  ]
) Deno.test(`videoIdOf() refuses ${JSON.stringify(written)}`, () => assert.equal(videoIdOf(written), null));

Deno.test("videoIdsOf() counts a video once, and names what is none", () => {
  assert.deepEqual(videoIdsOf([ID, `youtu.be/${ID}`, "9bZkp7q19f0", "no"]), {
    ids: [ID, "9bZkp7q19f0"],
    repeated: [ID],
    unknown: ["no"],
  });
});
