/** The help of every command at several widths: it fits, breaks between words alone, and its examples can be pasted. */
import assert from "node:assert/strict";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { exampleLines } from "../../../src/cli/program/help_layout.ts";
import { buildCommander, parseArguments } from "../../../src/cli/program/usage.ts";
import { flagOf, settingOf } from "../../../src/config/settings.ts";
import { runStreamflow } from "../../support/run.ts";

const LOADED = await Promise.all(
  COMMANDS.map(async ({ name, summary, load }) => ({ name, summary, command: await load() })),
);

/** Every command and every action of one, and the program itself. */
const WORDS: readonly (readonly string[])[] = [
  [],
  ...LOADED.flatMap(({ name, command }) => [
    [name],
    ...(command.actions ?? []).map((action) => [name, action.name]),
  ]),
];

async function helpOf(words: readonly string[], columns: number): Promise<string> {
  let text = "";
  const program = buildCommander({
    ...{ listed: LOADED, version: "1", columns, onInvoke: () => {} },
    write: (more) => text += more,
  });
  assert.equal(await parseArguments(program, [...words, "--help"]), false);
  return text;
}

/** Without line ends and the spaces that a layout adds. */
function flat(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

for (const columns of [72, 80, 100, 120, 200]) {
  Deno.test(`help fits into ${columns} columns, words whole`, async () => {
    for (const words of WORDS) {
      const help = await helpOf(words, columns);
      const where = `${words.join(" ")} at ${columns}`;
      for (const line of help.split("\n")) {
        assert.ok(line.length <= Math.min(columns, 120), `${where}: ${line}`);
        assert.equal(line, line.trimEnd(), where);
      }
      const { command } = LOADED.find(({ name }) => name === words[0]) ?? {};
      const action = command?.actions?.find(({ name }) => name === words[1]);
      const keys = action?.settings ??
        (words.length === 2 || command?.actions === undefined ? command?.settings : []) ?? [];
      for (const key of keys) {
        const { description, secret } = { ...settingOf(key), ...(action ?? command)?.wording?.[key] };
        if (secret) continue;
        assert.ok(flat(help).includes(flat(description)), `${where}: ${description}`);
        assert.ok(help.includes(flagOf(key)), `${where}: ${flagOf(key)}`);
      }
    }
  });
}

Deno.test("the help that no terminal shows has 80 columns, and no default is somebody's riddle", async () => {
  const { stdout } = await runStreamflow(["train", "--help"]);
  for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
  assert.doesNotMatch(stdout, /recipe's\]/);
  assert.match(flat(stdout), /\[default: by recipe\]/);
});

Deno.test("an example that is continued is the same command to a shell", async () => {
  for (const { command } of LOADED) {
    for (const example of command.examples) {
      const lines = exampleLines(`streamflow ${example}`, 60).join("\n");
      const words = async (line: string) => {
        const script = `streamflow() { printf '<%s>' "$@"; }\ncat() { :; }\ncd "$0"\n${line}`;
        const folder = await Deno.makeTempDir();
        try {
          const { stdout } = await new Deno.Command("sh", { args: ["-c", script, folder], stdin: "null" })
            .output();
          return new TextDecoder().decode(stdout);
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      };
      if (/[>|]/.test(example.replaceAll(/'[^']*'/g, ""))) continue; // its words go elsewhere
      assert.equal(await words(lines), await words(`streamflow ${example}`), example);
    }
  }
});
