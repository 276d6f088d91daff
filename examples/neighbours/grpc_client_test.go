package neighbours_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http/httptest"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/cda17858/jwt/jwtclient"
	"github.com/cda17858/jwt/jwthttp"
)

// perRPC are the credentials of each call, over jwtclient. gRPC sends them over TLS only.
type perRPC struct{ transport *jwtclient.Transport }

func (p perRPC) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	token, _, err := p.transport.Token(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": "Bearer " + token}, nil
}

func (perRPC) RequireTransportSecurity() bool { return true }

// The client of a gRPC service sends the tokens of jwtclient.
func Example_grpcClient() {
	auth, iss := newAuth(jwthttp.Config{})
	g := guard{auth, map[string]string{healthpb.Health_Check_FullMethodName: "health:read"}}
	server := grpc.NewServer(grpc.UnaryInterceptor(g.unary))
	healthpb.RegisterHealthServer(server, health.NewServer())
	service := httptest.NewUnstartedServer(server)
	service.EnableHTTP2 = true
	service.StartTLS()
	defer service.Close()
	roots := x509.NewCertPool()
	roots.AddCert(service.Certificate())

	for _, scope := range []string{"other", "health:read"} {
		transport := must(jwtclient.New(jwtclient.Config{
			Origins: []string{service.URL},
			Source:  jwtclient.SelfSigned[Claims]{Signer: iss.signer, Claims: iss.claims(scope)},
		}))
		conn := must(grpc.NewClient(strings.TrimPrefix(service.URL, "https://"),
			grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(roots, "example.com")),
			grpc.WithPerRPCCredentials(perRPC{transport})))
		answer, err := healthpb.NewHealthClient(conn).Check(context.Background(), &healthpb.HealthCheckRequest{})
		fmt.Println(answer.GetStatus(), err)
		conn.Close()
	}
	// Output:
	// UNKNOWN rpc error: code = PermissionDenied desc = the token lacks a scope
	// SERVING <nil>
}
