package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

// A meter has the metrics. Labels have few values: no users, sessions or kids.
type meter struct {
	registry *prometheus.Registry
	provider *sdk.MeterProvider
	metric.Meter
	decisions metric.Float64Histogram
	logins    metric.Int64Counter
	stores    metric.Float64Histogram
}

func newMeter() (*meter, error) {
	m := &meter{registry: prometheus.NewRegistry()}
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(m.registry), otelprometheus.WithoutScopeInfo())
	if err != nil {
		return nil, err
	}
	m.provider = sdk.NewMeterProvider(sdk.WithReader(exporter), sdk.WithView(httpViews()...),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "service"))))
	m.Meter = m.provider.Meter("github.com/cda17858/jwt/examples/service")
	times := metric.WithExplicitBucketBoundaries(.00001, .0001, .001, .005, .01, .05, .1, .5, 1, 5)
	var e1, e2, e3 error
	m.decisions, e1 = m.Float64Histogram("jwt.authenticate.duration", metric.WithUnit("s"), times)
	m.stores, e2 = m.Float64Histogram("jwt.store.duration", metric.WithUnit("s"), times)
	m.logins, e3 = m.Int64Counter("service.logins")
	return m, errors.Join(e1, e2, e3)
}

// httpViews keeps only the otelhttp labels that clients cannot choose, so not the Host.
func httpViews() []sdk.View {
	return []sdk.View{
		sdk.NewView(sdk.Instrument{Name: "http.server.request.duration"}, sdk.Stream{
			AttributeFilter: attribute.NewAllowKeysFilter("http.request.method", "http.route", "http.response.status_code"),
		}),
		sdk.NewView(sdk.Instrument{Name: "http.server.*.body.size"}, sdk.Stream{Aggregation: sdk.AggregationDrop{}}),
	}
}

// handler serves the metrics in Prometheus format.
func (m *meter) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

// decision records whether a request was accepted, and otherwise why not.
func (m *meter) decision(ctx context.Context, e jwthttp.Event) {
	m.decisions.Record(ctx, e.Duration.Seconds(), metric.WithAttributes(
		attribute.String("reason", string(e.Reason)), attribute.String("pattern", e.Pattern)))
}

func (m *meter) login(ctx context.Context, err error) {
	result := "unavailable"
	switch {
	case err == nil:
		result = "success"
	case errors.Is(err, errBadLogin):
		result = "refused"
	case errors.Is(err, errTooMany):
		result = "limited"
	}
	m.logins.Add(ctx, 1, metric.WithAttributes(attribute.String("result", result)))
}

// observeSessions reads the counts of package session at each scrape.
func (m *meter) observeSessions(stats func() session.Stats) error {
	starts, e1 := m.Int64ObservableCounter("jwt.session.starts")
	refreshes, e2 := m.Int64ObservableCounter("jwt.session.refreshes")
	ends, e3 := m.Int64ObservableCounter("jwt.session.ends")
	staleness, e4 := m.Float64ObservableGauge("jwt.revocation.staleness", metric.WithUnit("s"))
	if err := errors.Join(e1, e2, e3, e4); err != nil {
		return err
	}
	_, err := m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := stats()
		o.ObserveInt64(starts, int64(s.Starts))
		o.ObserveFloat64(staleness, s.Staleness.Seconds())
		for outcome, n := range outcomes(s.Refreshes) {
			o.ObserveInt64(refreshes, int64(n), metric.WithAttributes(attribute.String("outcome", outcome)))
		}
		for reason, n := range s.Ends {
			o.ObserveInt64(ends, int64(n), metric.WithAttributes(attribute.String("reason", string(reason))))
		}
		return nil
	}, starts, refreshes, ends, staleness)
	return err
}

func outcomes(r session.Refreshes) map[string]uint64 {
	return map[string]uint64{
		"rotated": r.Rotated, "repeated": r.Repeated, "adopted": r.Adopted, "malformed": r.Malformed, "unknown": r.Unknown,
		"ended": r.Ended, "expired": r.Expired, "reused": r.Reused, "unavailable": r.Unavailable,
	}
}

// A measuredStore measures the calls of a store.
type measuredStore struct {
	records
	meter *meter
}

func (m *measuredStore) measure(ctx context.Context, op string, start time.Time, err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	m.meter.stores.Record(ctx, time.Since(start).Seconds(), metric.WithAttributes(
		attribute.String("op", op), attribute.String("result", result)))
}

func (m *measuredStore) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	start := time.Now()
	rs, now, err := m.records.Load(ctx, keys...)
	m.measure(ctx, "load", start, err)
	return rs, now, err
}

func (m *measuredStore) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	start := time.Now()
	ok, err := m.records.Swap(ctx, key, old, r)
	m.measure(ctx, "swap", start, err)
	return ok, err
}

func (m *measuredStore) Append(ctx context.Context, r store.Revocation) error {
	start := time.Now()
	err := m.records.Append(ctx, r)
	m.measure(ctx, "append", start, err)
	return err
}

func (m *measuredStore) Since(ctx context.Context, cursor string) ([]store.Revocation, string, error) {
	start := time.Now()
	rs, next, err := m.records.Since(ctx, cursor)
	m.measure(ctx, "since", start, err)
	return rs, next, err
}
