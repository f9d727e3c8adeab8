/** Templates of NetFlow v9 (RFC 3954) and IPFIX (RFC 7011): what a record's bytes mean. */
import { isRead } from "./flow.ts";
import { FIELDS_MAX } from "./limits.ts";

/** In place of a field's length: each record tells it. Of IPFIX alone. */
export const VARIABLE = 65_535;
/** In place of an element's number: it is of a company of its own, or not read. */
export const NOT_READ = 0;
/** The first id that a template may have. */
export const TEMPLATE_ID_MIN = 256;
const ENTERPRISE_BIT = 0x8000;

/** Fields of a record, in their order. */
export interface Template {
  /** Whether its records tell of the exporter, not of flows. */
  readonly isOptions: boolean;
  /** Element or {@linkcode NOT_READ}, and length in bytes or {@linkcode VARIABLE}, of each field. */
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
  let at = options.start;
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
    if ("problem" in read) return { templates, problem: `template ${id}: ${read.problem}` };
    templates.push([id, read.template]);
    at = read.end;
  }
  return { templates, problem: null };
}

type ReadTemplate = { readonly template: Template; readonly end: number } | { readonly problem: string };

function readTemplate(
  view: DataView,
  { start, end, isIpfix, isOptions }: TemplateSetOptions,
): ReadTemplate {
  const headerBytes = isOptions ? 6 : 4;
  if (end - start < headerBytes) return { problem: "it is cut" };
  // v9 has the bytes of scopes and options, IPFIX the number of fields.
  const count = !isOptions || isIpfix
    ? view.getUint16(start + 2)
    : (view.getUint16(start + 2) + view.getUint16(start + 4)) / 4;
  if (count > FIELDS_MAX || !Number.isInteger(count)) {
    return { problem: `it says that it has ${count} fields, ${FIELDS_MAX} are allowed` };
  }
  const fields = new Uint16Array(2 * count);
  let at = start + headerBytes, bytesMin = 0;
  for (let field = 0; field < count; field++) {
    if (end - at < 4) return { problem: `it says that it has ${count} fields, ${field} are there` };
    const element = view.getUint16(at), length = view.getUint16(at + 2);
    const isEnterprise = isIpfix && element >= ENTERPRISE_BIT;
    if (isEnterprise && end - at < 8) return { problem: "it is cut" };
    fields[2 * field] = isEnterprise || !isRead(element) ? NOT_READ : element;
    fields[2 * field + 1] = length;
    bytesMin += isIpfix && length === VARIABLE ? 1 : length;
    at += isEnterprise ? 8 : 4;
  }
  if (bytesMin === 0) return { problem: "its records would have no bytes" };
  return { template: { isOptions, fields, bytesMin }, end: at };
}
