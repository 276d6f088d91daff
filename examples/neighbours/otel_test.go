package neighbours_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cda17858/jwt/jwthttp"
)

// An observer that counts the decisions, by labels of which there are few.
func Example_openTelemetry() {
	reader := sdk.NewManualReader() // a service has an exporter here
	meter := sdk.NewMeterProvider(sdk.WithReader(reader)).Meter("example.com/orders")
	decisions := must(meter.Int64Counter("auth.decisions"))

	auth, iss := newAuth(jwthttp.Config{Observe: func(ctx context.Context, e jwthttp.Event) {
		decisions.Add(ctx, 1, metric.WithAttributes(
			attribute.String("pattern", e.Pattern),
			attribute.String("reason", string(e.Reason)),
		))
	}})
	mux := http.NewServeMux()
	mux.Handle("GET /orders", auth.Require(jwthttp.Scope("orders:read"))(http.NotFoundHandler()))
	for _, token := range []string{"x.y.z", iss.token("orders:write"), iss.token("orders:read"), iss.token("orders:read")} {
		r := must(http.NewRequest("GET", "/orders", nil))
		r.Header.Set("Authorization", "Bearer "+token)
		mux.ServeHTTP(httptest.NewRecorder(), r)
	}

	var metrics metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &metrics); err != nil {
		log.Fatal(err)
	}
	for _, p := range metrics.ScopeMetrics[0].Metrics[0].Data.(metricdata.Sum[int64]).DataPoints {
		fmt.Println(p.Attributes.Encoded(attribute.DefaultEncoder()), p.Value)
	}
	// Unordered output:
	// pattern=GET /orders,reason=malformed 1
	// pattern=GET /orders,reason=scope 1
	// pattern=GET /orders,reason=accepted 2
}
