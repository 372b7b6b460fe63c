package metric

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// Tracing says where traces of requests go.
type Tracing struct {
	Endpoint string  // of a collector that speaks OTLP over HTTP, http://127.0.0.1:4318; "": no traces are made
	Sample   float64 // part of the requests, 0 to 1
	Version  string  // of the program

	Client *http.Client // such as access.HTTPClient makes for the endpoint's host; must be set with an endpoint
}

// Trace wraps handlers in spans. stop sends what waits. Without an endpoint both
// do nothing, and nothing is loaded or sent.
func (m *Metrics) Trace(ctx context.Context, c Tracing) (wrap func(http.Handler) http.Handler, stop func(context.Context) error, err error) {
	if c.Endpoint == "" {
		return func(h http.Handler) http.Handler { return h }, func(context.Context) error { return nil }, nil
	}
	if c.Client == nil {
		return nil, nil, errors.New("traces: no client was given")
	}
	to := strings.TrimSuffix(c.Endpoint, "/")
	if !strings.HasSuffix(to, "/v1/traces") {
		to += "/v1/traces"
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(to), otlptracehttp.WithTimeout(10*time.Second), otlptracehttp.WithHTTPClient(c.Client))
	if err != nil {
		return nil, nil, fmt.Errorf("traces: endpoint %s: %w", c.Endpoint, err)
	}
	p := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithSampler(trace.ParentBased(trace.TraceIDRatioBased(c.Sample))),
		trace.WithResource(resource.NewSchemaless(attribute.String("service.name", "lenscap"), attribute.String("service.version", c.Version))))
	return func(h http.Handler) http.Handler {
		return otelhttp.NewHandler(h, "request", otelhttp.WithTracerProvider(p), otelhttp.WithPropagators(propagation.TraceContext{}),
			otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return m.Route(r) }))
	}, p.Shutdown, nil
}
