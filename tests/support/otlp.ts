/** A collector for traces: what Deno exports over OTLP/HTTP as JSON, kept as spans. */

/** A span as it came, with what tests look at. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  /** OTLP's numbers: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** `trace/span` of each. */
  readonly links: readonly string[];
  /** Names of its events. */
  readonly events: readonly string[];
  /** OTLP's code 2 is an error. */
  readonly status: { readonly code: number; readonly message: string };
  readonly startMs: number;
  readonly endMs: number;
}

interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}

interface OtlpSpan extends Omit<ReceivedSpan, "attributes" | "links" | "events" | "status"> {
  readonly attributes?: readonly { readonly key: string; readonly value: OtlpValue }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly events?: readonly { readonly name: string }[];
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

/** A collector that is running. */
export interface Collector extends AsyncDisposable {
  readonly spans: readonly ReceivedSpan[];
  /** The environment of a program that exports here. */
  readonly env: Readonly<Record<string, string>>;
}

function toSpan({ attributes = [], links = [], events = [], status = {}, ...span }: OtlpSpan): ReceivedSpan {
  const valueOf = ({ stringValue, intValue, doubleValue, boolValue }: OtlpValue) =>
    stringValue ?? (intValue === undefined ? undefined : Number(intValue)) ?? doubleValue ?? boolValue ?? "";
  return {
    ...span,
    parentSpanId: span.parentSpanId ?? "",
    attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)])),
    links: links.map(({ traceId, spanId }) => `${traceId}/${spanId}`),
    events: events.map(({ name }) => name),
    status: { code: status.code ?? 0, message: status.message ?? "" },
    startMs: Number(span.startTimeUnixNano) / 1e6,
    endMs: Number(span.endTimeUnixNano) / 1e6,
  };
}

/** Starts one on a port of its own. */
export function startCollector(): Collector {
  const spans: ReceivedSpan[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const text = await request.text();
    if (new URL(request.url).pathname === "/v1/traces") {
      const { resourceSpans } = JSON.parse(text) as {
        resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[];
      };
      spans.push(
        ...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((one) => one.spans.map(toSpan))),
      );
    }
    return Response.json({});
  });
  return {
    spans,
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
      // The program's own lines are no logs here.
      OTEL_DENO_CONSOLE: "ignore",
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
