/**
 * Loaded before each file of tests (`deno test --preload`): a test that does not end fails, and with it the rest of its
 * file; the other files go on. Deno calls the test that was running "cancelled".
 */

/** Several times what the longest test takes on a busy machine, ms. */
const TEST_MS_MAX = 600_000;

let timer: ReturnType<typeof setTimeout>;

Deno.test.beforeEach(() => {
  timer = setTimeout(() => {
    throw new Error(
      `a test has not ended after ${TEST_MS_MAX / 60_000} minutes; it is the first cancelled one`,
    );
  }, TEST_MS_MAX);
  Deno.unrefTimer(timer); // a test that only waits for nothing fails at once, as it does without this
});

Deno.test.afterEach(() => clearTimeout(timer));
