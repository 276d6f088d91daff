module github.com/cda17858/jwt/examples/kms

go 1.26.0

replace github.com/cda17858/jwt => ../..

require (
	github.com/ThalesGroup/crypto11 v1.5.0
	github.com/cda17858/jwt v0.1.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/go-json-experiment/json v1.27.2 // indirect
	github.com/miekg/pkcs11 v1.1.1 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	github.com/thales-e-security/pool v0.0.2 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)
