// What happens, as spans: a call by OpenTelemetry's conventions for MCP, and in it each request to a vendor by those for HTTP (docs/hosting.md).
import {
  type Attributes,
  context,
  createTraceState,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { CallBegun, CallEnded, Observer } from '../server/observer.ts';

/** Version 00 of W3C Trace Context, to the letter; what a later version appends is passed over, as it asks. */
const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The span that a client says this call belongs to; nothing where it is not W3C's form, or says nothing. */
export function parentOf({
  traceparent,
  tracestate,
}: Pick<CallBegun, 'traceparent' | 'tracestate'>): SpanContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] =
    (typeof traceparent === 'string' && traceparent.length <= 256 && form.exec(traceparent)) || [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
    ...(typeof tracestate === 'string' && tracestate.length <= 512 ? { traceState: createTraceState(tracestate) } : {}),
  };
}

const begun = ({ tool, session, protocol, id, over }: CallBegun): Attributes => ({
  'mcp.method.name': 'tools/call',
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': tool,
  'mcp.protocol.version': protocol,
  // A digest: the id itself opens the session.
  'mcp.session.id': session,
  'jsonrpc.request.id': String(id).slice(0, 64),
  'network.transport': over === 'http' ? 'tcp' : 'pipe',
  ...(over === 'http' ? { 'network.protocol.name': 'http' } : {}),
});

const ended = ({ outcome, code, isError, connection, intent, question }: CallEnded): Attributes => ({
  'automations_mcp.outcome': outcome,
  'automations_mcp.connection': connection,
  'automations_mcp.intent': intent,
  'automations_mcp.question': question,
  ...(isError ? { 'error.type': code ?? 'tool_error' } : {}),
  ...(outcome === 'refused' ? { 'rpc.response.status_code': code } : {}),
});

/** For the SDK that the operator has loaded; spans go wherever that sends them. */
export function traces(version: string): Observer {
  const tracer = trace.getTracer('automations-mcp', version);
  return {
    call(call) {
      const ambient = context.active();
      const parent = parentOf(call);
      const around = trace.getSpanContext(ambient);
      const inside = parent ? trace.setSpanContext(ambient, parent) : ambient;
      const span = tracer.startSpan(
        call.tool === undefined ? 'tools/call' : `tools/call ${call.tool}`,
        {
          kind: SpanKind.SERVER,
          attributes: begun(call),
          // The request that carried it is another story: it may carry several calls, and a call may take several requests.
          links: parent && around ? [{ context: around }] : [],
        },
        inside,
      );
      return {
        within: run => context.with(trace.setSpan(inside, span), run),
        ended(end) {
          span.setAttributes(ended(end));
          if (end.isError) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    request({ vendor, method, url, attempt }) {
      const { hostname, port, protocol } = new URL(url);
      const span = tracer.startSpan(method, {
        kind: SpanKind.CLIENT,
        attributes: {
          'http.request.method': method,
          'url.full': url,
          'server.address': hostname.replace(/^\[|\]$/g, ''),
          'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
          'automations_mcp.vendor': vendor,
          ...(attempt > 1 ? { 'http.request.resend_count': attempt - 1 } : {}),
        },
      });
      return ({ status, fault }) => {
        const failed = status === undefined ? fault : status >= 400 ? String(status) : undefined;
        if (status !== undefined) span.setAttribute('http.response.status_code', status);
        if (failed !== undefined) span.setAttribute('error.type', failed).setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      };
    },
  };
}
