package pemkey

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Limits in bytes. Reading a private RSA key takes time in proportion to the square of its
// length: 15 ms for maxBlock. A key of 8192 bits has less than 5 KiB.
const (
	maxText  = 64 << 10 // of the text
	maxBlock = 16 << 10 // of what a block holds
)

var (
	begin = []byte("-----BEGIN")
	end   = []byte("-----END")
)

// A block is a PEM block.
type block struct {
	label     string
	encrypted bool // in the way of RFC 1421
	der       []byte
}

// decode returns the blocks in text, one at least. All else between them is comment. Each
// BEGIN and END must be of a block that decodes: [pem.Decode] skips what it cannot decode,
// and a key with a typing error would give way to the next one.
func decode(text []byte) ([]block, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("%d bytes; at most %d are read as PEM", len(text), maxText)
	}
	var blocks []block
	for rest := text; ; {
		start := bytes.Index(rest, begin)
		switch comment, _, _ := bytes.Cut(rest, begin); {
		case bytes.Contains(comment, end):
			return nil, fmt.Errorf("PEM block %d has no BEGIN line", len(blocks)+1)
		case start < 0 && len(blocks) == 0:
			return nil, noBlock(text)
		case start < 0:
			return blocks, nil
		}
		b, after := pem.Decode(rest[start:])
		if b == nil || bytes.Count(rest[start:len(rest)-len(after)], begin) > 1 || start > 0 && rest[start-1] != '\n' {
			return nil, fmt.Errorf("PEM block %d cannot be decoded: %w", len(blocks)+1, damage(rest, start))
		}
		if len(b.Bytes) > maxBlock {
			return nil, fmt.Errorf("PEM block %d holds %d bytes; at most %d are supported", len(blocks)+1, len(b.Bytes), maxBlock)
		}
		blocks = append(blocks, block{b.Type, b.Headers["DEK-Info"] != "", b.Bytes})
		rest = after
	}
}

// damage says what is wrong with the block that begins at start, which cannot be decoded.
func damage(text []byte, start int) error {
	_, body, _ := bytes.Cut(text[start+len(begin):], []byte("-----")) // after the label
	body, _, ended := bytes.Cut(body, end)
	lines := bytes.ContainsRune(body, '\n')
	switch {
	case bytes.Contains(body, []byte(`\n`)):
		return errors.New(`its line breaks are written as \n, as in a quoted environment variable`)
	case !lines && bytes.ContainsRune(body, '\r'):
		return errors.New("its line breaks are CR; they must be LF or CR LF")
	case !lines && len(bytes.TrimSpace(body)) > 0 && bytes.ContainsAny(body, " \t"):
		return errors.New("its line breaks have become spaces, as in an environment variable without quotes")
	case !lines && ended:
		return errors.New("its line breaks are gone")
	case bytes.HasSuffix(text[:start], []byte(bom)):
		return errors.New("a byte order mark (BOM) stands before it; save the file without one")
	case start > 0 && text[start-1] != '\n':
		return errors.New("other text stands before BEGIN on its line")
	case !ended:
		return errors.New("its END line is missing; is the text cut off?")
	}
	return errors.New("it is not base64 between a BEGIN line and an END line with the same label")
}

// noBlock says what stands where PEM should.
func noBlock(text []byte) error {
	if len(bytes.Trim(text, blank)) == 0 {
		return errors.New("not PEM: it is empty; is an environment variable unset?")
	}
	what, encodings := recognize(text)
	switch {
	case what == "":
		return errors.New("not PEM: it has no BEGIN line")
	case what == aJWK && len(encodings) == 0:
		return errors.New("not PEM but a JWK; package jwk reads it")
	case what == anSSHKey:
		return errors.New("not PEM but an SSH key; ssh-keygen -e -m PKCS8 -f FILE writes RSA and ECDSA keys as PEM")
	case len(encodings) > 0 && strings.HasSuffix(what, inDER):
		return fmt.Errorf("not PEM but %s; its BEGIN and END lines are missing", describe(what, encodings))
	case len(encodings) > 0:
		return fmt.Errorf("not PEM but %s; decode it first", describe(what, encodings))
	}
	command := map[string]string{
		privateKey.inDER():  "openssl pkey -inform DER -in FILE -out NEW",
		publicKey.inDER():   "openssl pkey -pubin -inform DER -in FILE -out NEW",
		certificate.inDER(): "openssl x509 -inform DER -in FILE -out NEW",
	}[what]
	return fmt.Errorf("not PEM but %s; %s writes it as PEM", what, command)
}
