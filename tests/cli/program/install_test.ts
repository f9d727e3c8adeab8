/** The README's install line: `streamflow` is then a command in any folder. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

Deno.test({
  name: "the README's install line makes streamflow a command in any folder",
  ignore: Deno.build.os === "windows",
  async fn() {
    const readme = await Deno.readTextFile(join(root, "README.md"));
    const line = readme.split("\n").find((line) => line.startsWith("deno install --global"));
    assert.ok(line !== undefined, "the README has an install line");
    const home = await Deno.makeTempDir({ prefix: "streamflow-home-" });
    try {
      const env = {
        HOME: home,
        PATH: `${join(home, ".deno", "bin")}:${dirname(Deno.execPath())}:${Deno.env.get("PATH")}`,
        // What is downloaded already stays in use.
        DENO_DIR: await denoDir(),
        NO_COLOR: "1",
      };
      const run = async (command: string, cwd: string) => {
        const options: Deno.CommandOptions = { args: ["-c", command], cwd, env, stdin: "null" };
        const { code, stdout, stderr } = await new Deno.Command("sh", options).output();
        const decoder = new TextDecoder();
        assert.equal(code, 0, decoder.decode(stderr));
        return decoder.decode(stdout);
      };
      await run(line, root);
      assert.match(await run("streamflow --version", home), /^streamflow \d+\.\d+\.\d+ /);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});

/** Where this Deno keeps its packages. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
