/** `streamflow completions SHELL`: the script that asks the program itself what can follow. */
import { type RootCommand, script } from "@bomb.sh/tab";
import tab from "@bomb.sh/tab/commander";
import type { Command as Commander } from "commander";
import { UserError } from "../../runtime/errors.ts";
import { defineCommand } from "../command.ts";
import { BASH_SCRIPT } from "./completions_bash.ts";

/** The library prints; this catches what it prints. */
function printed(print: () => void): string[] {
  const lines: string[] = [];
  const log = console.log;
  console.log = (line: string) => void lines.push(line);
  try {
    print();
  } finally {
    console.log = log;
  }
  return lines;
}

/** Prints what can follow `words`: one candidate a line with its description, then the directive for the shell. */
export function complete(program: Commander, words: readonly string[]): void {
  const root: RootCommand = tab(program);
  root.commands.delete("complete");
  root.parse([...words]);
}

/** Writes a completion script to standard output. */
export const completionsCommand = defineCommand({
  name: "completions",
  summary: "Completions for bash, zsh and fish",
  examples: [
    "completions bash > ~/.local/share/bash-completion/completions/streamflow",
    "completions zsh > ~/.zfunc/_streamflow",
    "completions fish > ~/.config/fish/completions/streamflow.fish",
  ],
  actions: ["bash", "zsh", "fish"].map((shell) => ({ name: shell, summary: `The script for ${shell}` })),
  settings: [],
  run: (_settings, { args, out }) => {
    const shell = args[0];
    if (shell === undefined) throw new UserError("completions needs a shell", { exitCode: 2 });
    const text = shell === "bash"
      ? BASH_SCRIPT
      : printed(() => script(shell, "streamflow", "streamflow")).join("\n");
    // A script that is sourced a second time must not stumble over its own read-only variables.
    for (const line of text.split("\n")) out(line.replaceAll(/\breadonly /g, ""));
    return Promise.resolve(0);
  },
});
