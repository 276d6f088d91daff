package neighbours_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// A guard admits the gRPC calls whose token has the scope of their method. A method without
// one is closed.
type guard struct {
	auth   *jwthttp.Auth[Claims]
	scopes map[string]string // by full method
}

var errEnded = status.Error(codes.Unauthenticated, "the token has ended")

func (g guard) admit(ctx context.Context, method string) (context.Context, error) {
	scheme, token, _ := strings.Cut(strings.Join(metadata.ValueFromIncomingContext(ctx, "authorization"), ","), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, status.Error(codes.Unauthenticated, "there is no token")
	}
	ctx, err := g.auth.Authenticate(ctx, token)
	if _, refused := errors.AsType[*jwt.TokenError](err); refused {
		return nil, status.Error(codes.Unauthenticated, "the token is not accepted")
	} else if err != nil {
		return nil, status.Error(codes.Unavailable, "the token could not be checked")
	}
	if !slices.Contains(g.auth.Claims(ctx).Private.Scopes(), g.scopes[method]) {
		return nil, status.Error(codes.PermissionDenied, "the token lacks a scope")
	}
	return ctx, nil
}

func (g guard) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	ctx, err := g.admit(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}
	return next(ctx, req)
}

// stream ends the Context of a stream when its token ends. No message is sent or received
// after that.
func (g guard) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	ctx, err := g.admit(ss.Context(), info.FullMethod)
	if err != nil {
		return err
	}
	ctx, stop := g.auth.LiveContext(ctx)
	defer stop()
	err = next(srv, liveStream{ss, ctx})
	if ctx.Err() != nil && ss.Context().Err() == nil {
		return errEnded
	}
	return err
}

type liveStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s liveStream) Context() context.Context { return s.ctx }

func (s liveStream) SendMsg(m any) error {
	if s.ctx.Err() != nil {
		return errEnded
	}
	return s.ServerStream.SendMsg(m)
}

func (s liveStream) RecvMsg(m any) error {
	err := s.ServerStream.RecvMsg(m)
	if err == nil && s.ctx.Err() != nil {
		return errEnded
	}
	return err
}

// newHealth returns a client of a service that is guarded by auth.
func newHealth(auth *jwthttp.Auth[Claims]) (client healthpb.HealthClient, stop func()) {
	g := guard{auth, map[string]string{
		healthpb.Health_Check_FullMethodName: "health:read",
		healthpb.Health_Watch_FullMethodName: "health:read",
	}}
	server := grpc.NewServer(grpc.UnaryInterceptor(g.unary), grpc.StreamInterceptor(g.stream))
	healthpb.RegisterHealthServer(server, health.NewServer())
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	go server.Serve(l)
	conn := must(grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials())))
	return healthpb.NewHealthClient(conn), func() { conn.Close(); server.Stop() }
}

func withToken(token string) context.Context {
	return metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+token)
}

// Interceptors authenticate calls. A method that is not in the table of scopes is closed.
func Example_grpcUnary() {
	auth, iss := newAuth(jwthttp.Config{})
	client, stop := newHealth(auth)
	defer stop()

	for _, ctx := range []context.Context{
		context.Background(), withToken("x.y.z"), withToken(iss.token("orders:read")), withToken(iss.token("health:read")),
	} {
		answer, err := client.Check(ctx, &healthpb.HealthCheckRequest{})
		fmt.Println(answer.GetStatus(), err)
	}
	// Output:
	// UNKNOWN rpc error: code = Unauthenticated desc = there is no token
	// UNKNOWN rpc error: code = Unauthenticated desc = the token is not accepted
	// UNKNOWN rpc error: code = PermissionDenied desc = the token lacks a scope
	// SERVING <nil>
}

// A stream ends when its token does.
func Example_grpcStream() {
	auth, iss := newAuth(jwthttp.Config{})
	client, stop := newHealth(auth)
	defer stop()

	watch := func(token string) {
		stream := must(client.Watch(withToken(token), &healthpb.HealthCheckRequest{}))
		for {
			answer, err := stream.Recv()
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(answer.GetStatus())
			iss.revoked.Store(true)
		}
	}
	watch(iss.token("orders:read"))
	watch(iss.token("health:read"))
	// Output:
	// rpc error: code = PermissionDenied desc = the token lacks a scope
	// SERVING
	// rpc error: code = Unauthenticated desc = the token has ended
}
