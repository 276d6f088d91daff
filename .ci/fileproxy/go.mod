module github.com/cda17858/jwt/ci/fileproxy

go 1.26.0

require golang.org/x/mod v0.43.0
