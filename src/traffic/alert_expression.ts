/**
 * The language of alert rules.
 *
 *     rule      = subject comparison threshold
 *     subject   = ["actual."] quantity | target [".lower" | ".upper"]
 *     comparison= ">" | ">=" | "<" | "<="
 *     threshold = number ["k" | "M" | "G"] | "p" percent
 *
 * A plain target is its forecast for the next window, so that the warning comes before the traffic does; `.lower` and
 * `.upper` are the ends of its interval; `actual.` is what was observed in the window just closed. `k`, `M` and `G`
 * are 10³, 10⁶ and 10⁹. `p99` is the 99 % quantile of what the link had in its recent windows. Blanks may stand
 * between the parts: `bytes.upper >= 1.5M`, `packets>p99.5`, `actual.packets < 10`.
 */

/** What may stand behind `actual.`: fields of an observed window. */
export const OBSERVED_QUANTITIES = ["packets", "bytes", "interarrival", "meanSize"] as const;

/** A field of an observed window that a rule can be about. */
export type ObservedQuantity = typeof OBSERVED_QUANTITIES[number];

/** Which number of a quantity is compared. */
export type AlertSubject = "forecast" | "lower" | "upper" | "actual";

/** What it is compared with. */
export type AlertThreshold =
  | { readonly kind: "number"; readonly value: number }
  /** Quantile of recent windows at probability `p`. */
  | { readonly kind: "quantile"; readonly p: number };

/** A rule that was understood. */
export interface AlertRule {
  /** As it was given, without blanks at the ends. */
  readonly text: string;
  readonly quantity: ObservedQuantity;
  readonly subject: AlertSubject;
  readonly comparison: ">" | ">=" | "<" | "<=";
  readonly threshold: AlertThreshold;
}

/** A rule that does not parse: what is wrong with it, and where. */
export class AlertExpressionError extends Error {
  override readonly name = "AlertExpressionError";
  /** The rule as it was given. */
  readonly rule: string;
  /** Place of the first character that is wrong, from 0; the rule's length where something is missing at its end. */
  readonly at: number;

  constructor(message: string, { rule, at }: { readonly rule: string; readonly at: number }) {
    super(message);
    this.rule = rule;
    this.at = at;
  }

  /** Two lines: the rule, and a caret under the character. */
  get pointer(): string {
    return `  ${this.rule}\n  ${" ".repeat(this.at)}^`;
  }
}

const MULTIPLES: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9 };

/** Longest rule: it is part of every alert's id. */
const RULE_CHARS_MAX = 200;

/** Reads a rule from left to right. */
class RuleReader {
  readonly #rule: string;
  #at = 0;

  constructor(rule: string) {
    this.#rule = rule;
    this.blanks();
  }

  get at(): number {
    return this.#at;
  }

  get atEnd(): boolean {
    return this.#at === this.#rule.length;
  }

  blanks(): void {
    while (/\s/.test(this.#rule.charAt(this.#at))) this.#at++;
  }

  /** What `pattern` (sticky) finds here, which is then passed; `null` where it finds nothing. */
  take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#rule)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  fail(message: string, at = this.#at): never {
    throw new AlertExpressionError(message, { rule: this.#rule, at });
  }

  /** What stands here, for a message. */
  get found(): string {
    return this.atEnd ? "nothing more" : `'${this.#rule.charAt(this.#at)}'`;
  }
}

/**
 * Understands a rule.
 *
 * @param targets what the model forecasts
 * @throws {AlertExpressionError} that points at the first wrong character.
 */
export function parseAlertRule(rule: string, targets: readonly string[]): AlertRule {
  const reader: RuleReader = new RuleReader(rule);
  const { quantity, subject } = readSubject(reader, targets);
  reader.blanks();
  const comparison = reader.take(/[<>]=?/y) as AlertRule["comparison"] | null;
  if (comparison === null) reader.fail(`>, >=, < or <= is expected, found ${reader.found}`);
  reader.blanks();
  const threshold = readThreshold(reader);
  reader.blanks();
  if (!reader.atEnd) reader.fail(`the rule is complete before ${reader.found}`);
  const text = rule.trim();
  if (text.length > RULE_CHARS_MAX) {
    reader.fail(`a rule has at most ${RULE_CHARS_MAX} characters`, RULE_CHARS_MAX);
  }
  return { text, quantity, subject, comparison, threshold };
}

function readSubject(
  reader: RuleReader,
  targets: readonly string[],
): Pick<AlertRule, "quantity" | "subject"> {
  const start = reader.at;
  const word = reader.take(/[A-Za-z]+/y);
  const quantities: readonly string[] = OBSERVED_QUANTITIES;
  if (word === null) {
    reader.fail(`a quantity is expected (${quantities.join(", ")}), found ${reader.found}`);
  }
  if (word === "actual") {
    if (reader.take(/\./y) === null) {
      reader.fail(`'.' and a quantity are expected behind 'actual', found ${reader.found}`);
    }
    const at = reader.at;
    const quantity = reader.take(/[A-Za-z]+/y) ?? "";
    if (!quantities.includes(quantity)) {
      reader.fail(`behind 'actual.' one of ${quantities.join(", ")} is expected`, at);
    }
    return { quantity: quantity as ObservedQuantity, subject: "actual" };
  }
  if (!quantities.includes(word)) {
    reader.fail(
      `'${word}' is no quantity: there is ${quantities.join(", ")}, and the same behind 'actual.'`,
      start,
    );
  }
  if (!targets.includes(word)) {
    reader.fail(
      `the model does not forecast ${word} (it forecasts ${
        targets.join(", ")
      }); 'actual.${word}' is what was observed`,
      start,
    );
  }
  const quantity = word as ObservedQuantity;
  if (reader.take(/\./y) === null) return { quantity, subject: "forecast" };
  const at = reader.at;
  const end = reader.take(/[A-Za-z]+/y);
  if (end !== "lower" && end !== "upper") reader.fail(`behind '${word}.' lower or upper is expected`, at);
  return { quantity, subject: end };
}

function readThreshold(reader: RuleReader): AlertThreshold {
  const start = reader.at;
  if (reader.take(/p/y) !== null) {
    const digits = reader.take(/\d+(\.\d+)?/y);
    if (digits === null) {
      reader.fail(`a number is expected behind 'p', as in p99, found ${reader.found}`);
    }
    if (Number(digits) > 100) reader.fail("a quantile is from p0 to p100", start);
    return { kind: "quantile", p: Number(digits) / 100 };
  }
  const digits = reader.take(/\d+(\.\d+)?/y);
  if (digits === null) {
    reader.fail(`a number (100, 1.5k, 20M) or a quantile (p99) is expected, found ${reader.found}`);
  }
  const value = Number(digits) * MULTIPLES[reader.take(/[kMG]/y) ?? ""]!;
  if (!Number.isFinite(value)) reader.fail("the number is too large", start);
  return { kind: "number", value };
}
