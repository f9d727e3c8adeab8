/** Templates of NetFlow v9 (RFC 3954) and IPFIX (RFC 7011): what a record's bytes mean. */
import { elementRead, NOT_READ } from "./flow.ts";
import { FIELDS_MAX } from "./limits.ts";

/** In place of a field's length: each record says it. Of IPFIX; some exporters of v9 write it, too. */
export const VARIABLE = 65_535;
/** The first id that a template may have. */
export const TEMPLATE_ID_MIN = 256;
const ENTERPRISE_BIT = 0x8000;
/** Of v9, where scopes are no elements: system, interface, line card, cache, template. */
const [SCOPE_INTERFACE, SCOPE_MAX] = [2, 5] as const;
const INGRESS_INTERFACE = 10;

/** Fields of a record, in their order. */
export interface Template {
  /** Whether its records are about the exporter, not about flows. */
  readonly isOptions: boolean;
  /** What {@linkcode elementRead} returns, and length in bytes or {@linkcode VARIABLE}, of each field. */
  readonly fields: Uint16Array;
  /** What a record has at least. */
  readonly bytesMin: number;
}

/** What a set of templates says. */
export interface TemplateSet {
  /** `null` = it is withdrawn. */
  readonly templates: readonly (readonly [id: number, template: Template | null])[];
  /** What is wrong with the set; what was read before is there. */
  readonly problem: string | null;
}

/** Where a set's body lies, and how it is written. */
export interface TemplateSetOptions {
  readonly start: number;
  readonly end: number;
  readonly isIpfix: boolean;
  readonly isOptions: boolean;
}

/** Reads the body of a set of templates. */
export function readTemplateSet(view: DataView, options: TemplateSetOptions): TemplateSet {
  const { end } = options;
  const templates: [number, Template | null][] = [];
  let at = options.start, problem: string | null = null;
  while (end - at >= 4) {
    const id = view.getUint16(at);
    if (id === 0) break; // padding
    const isWithdrawal = options.isIpfix && view.getUint16(at + 2) === 0;
    // IPFIX: the id of the set withdraws all of them.
    if (id < TEMPLATE_ID_MIN && !(isWithdrawal && id <= 3)) {
      return { templates, problem: `a template has the id ${id}, from ${TEMPLATE_ID_MIN} are allowed` };
    }
    if (isWithdrawal) {
      templates.push([id, null]);
      at += 4;
      continue;
    }
    const read = readTemplate(view, { ...options, start: at });
    if (read.template !== null) templates.push([id, read.template]);
    else problem ??= `template ${id}: ${read.problem}`;
    if (read.end === null) break;
    at = read.end;
  }
  return { templates, problem };
}

/** `end` is where the next one begins; `null` where that cannot be known. */
type ReadTemplate =
  | { readonly template: Template; readonly end: number }
  | { readonly template: null; readonly problem: string; readonly end: number | null };

function cannotBe(problem: string, end: number | null = null): ReadTemplate {
  return { template: null, problem, end };
}

function readTemplate(
  view: DataView,
  { start, end, isIpfix, isOptions }: TemplateSetOptions,
): ReadTemplate {
  const headerBytes = isOptions ? 6 : 4;
  if (end - start < headerBytes) return cannotBe("it is cut");
  // v9 has the bytes of scopes and options, IPFIX the number of fields.
  const count = !isOptions || isIpfix
    ? view.getUint16(start + 2)
    : (view.getUint16(start + 2) + view.getUint16(start + 4)) / 4;
  if (count > FIELDS_MAX || !Number.isInteger(count)) {
    return cannotBe(`it says that it has ${count} fields, ${FIELDS_MAX} are allowed`);
  }
  const scopes = isOptions && !isIpfix ? view.getUint16(start + 2) / 4 : 0;
  const fields = new Uint16Array(2 * count);
  let at = start + headerBytes, bytesMin = 0;
  for (let field = 0; field < count; field++) {
    if (end - at < 4) return cannotBe(`it says that it has ${count} fields, ${field} are there`);
    const element = view.getUint16(at), length = view.getUint16(at + 2);
    const isEnterprise = isIpfix && element >= ENTERPRISE_BIT;
    if (isEnterprise && end - at < 8) return cannotBe("it is cut");
    fields[2 * field] = isEnterprise
      ? elementRead(element - ENTERPRISE_BIT, { enterprise: view.getUint32(at + 4) })
      : field < scopes
      ? scopeRead(element)
      : elementRead(element);
    fields[2 * field + 1] = length;
    bytesMin += length === VARIABLE ? 1 : length;
    at += isEnterprise ? 8 : 4;
  }
  if (bytesMin === 0) return cannotBe("its records would have no bytes", at);
  return { template: { isOptions, fields, bytesMin }, end: at };
}

/** Some exporters of v9 scope by elements, as IPFIX does. */
function scopeRead(scope: number): number {
  if (scope === SCOPE_INTERFACE) return elementRead(INGRESS_INTERFACE);
  return scope <= SCOPE_MAX ? NOT_READ : elementRead(scope);
}
