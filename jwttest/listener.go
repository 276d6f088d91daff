package jwttest

import (
	"bytes"
	"encoding/pem"
	"net/http"
	"sync/atomic"

	"github.com/cda17858/jwt/jwk"
)

// A listener serves the attacker's key and certificate, and counts who asks.
type listener struct {
	*server
	hits atomic.Int64
}

func newListener(k *key) (*listener, error) {
	var set, cert bytes.Buffer
	if k.private != nil {
		data, err := jwk.Marshal(k)
		if err != nil {
			return nil, err
		}
		der, err := k.certificate()
		if err != nil {
			return nil, err
		}
		set.WriteString(`{"keys":[` + string(data) + `]}`)
		pem.Encode(&cert, &pem.Block{Type: "CERTIFICATE", Bytes: der}) // into memory, which does not fail
	}
	l := new(listener)
	var err error
	l.server, err = listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.hits.Add(1)
		if r.URL.Path == "/cert.pem" {
			w.Write(cert.Bytes())
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(set.Bytes())
	}))
	return l, err
}
