package main

import (
	"errors"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func parse(t *testing.T, raw string, now time.Time) *access {
	token, err := jwt.ParseWithClaims(raw, &access{}, func(t *jwt.Token) (any, error) { return secret, nil }, // want `ParseWithClaims becomes Parse of a jwt\.Parser.*#parse.$`
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(func() time.Time { return now }))
	if errors.Is(err, jwt.ErrTokenExpired) { // want `ErrTokenExpired becomes jwt\.ErrExpired.*#errors.$`
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return token.Claims.(*access)
}

func TestSign(t *testing.T) {
	raw, err := signAccess("alice")
	if err != nil {
		t.Fatal(err)
	}
	if c := parse(t, raw, time.Now()); !canRead(c) || len(list([]access{*c})) != 2 {
		t.Error(c)
	}
	if parse(t, raw, time.Now().Add(time.Hour)) != nil {
		t.Error("has not expired")
	}
}

func TestSignMap(t *testing.T) {
	raw, err := sign("alice", time.Now().Add(time.Hour).Unix())
	if err != nil {
		t.Fatal(err)
	}
	var claims jwt.RegisteredClaims
	if _, err := jwt.ParseWithClaims(raw, &claims, func(t *jwt.Token) (any, error) { return secret, nil }, jwt.WithValidMethods([]string{"HS256"})); err != nil { // want `ParseWithClaims becomes Parse of a jwt\.Parser.*#parse.$`
		t.Fatal(err)
	}
	if claims.Subject != "alice" {
		t.Error(claims)
	}
}
