package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
)

var errForbidden = errors.New("Forbidden")

type callerKey struct{}

// A caller is an administrator by key, or whoever holds the session token.
type caller struct {
	admin        bool
	sessionToken string
}

type gate struct{ adminKey [sha256.Size]byte }

func newGate(adminKey string) *gate { return &gate{sha256.Sum256([]byte(adminKey))} }

func (g *gate) admit(r *http.Request) context.Context {
	found := caller{}
	if header := r.Header.Get("Authorization"); strings.HasPrefix(header, "Bearer ") {
		token := strings.TrimPrefix(header, "Bearer ")
		given := sha256.Sum256([]byte(token))
		if subtle.ConstantTimeCompare(given[:], g.adminKey[:]) == 1 {
			found.admin = true
		} else {
			found.sessionToken = token
		}
	}
	return context.WithValue(r.Context(), callerKey{}, found)
}

func callerOf(ctx context.Context) caller { return ctx.Value(callerKey{}).(caller) }

func requireAdmin(ctx context.Context) error {
	if !callerOf(ctx).admin {
		return errForbidden
	}
	return nil
}
