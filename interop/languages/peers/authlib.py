"""A peer of languages_test.go: authlib. A request a line in, an answer a line out.

It must run with python3 -I: else this file, by its name, hides the library.
"""
import base64
import json
import sys

import authlib
from authlib.jose import JsonWebKey, JsonWebToken, OctKey


def read(key, alg):
    if isinstance(key, dict):
        return JsonWebKey.import_key_set(key) if "keys" in key else JsonWebKey.import_key(key)
    if alg.startswith("HS"):
        return OctKey.import_key(base64.urlsafe_b64decode(key + "=="))
    return JsonWebKey.import_key(key)


def sign(r):
    header = {"alg": r["alg"], "kid": r["kid"]}
    return {"token": JsonWebToken([r["alg"]]).encode(header, r["claims"], read(r["key"], r["alg"])).decode()}


def verify(r):
    options = {
        "iss": {"essential": True, "value": r["issuer"]},
        "aud": {"essential": True, "value": r["audience"]},
        "exp": {"essential": True},
    }
    claims = JsonWebToken([r["alg"]]).decode(r["token"], read(r["key"], r["alg"]), claims_options=options)
    claims.validate()
    return {"claims": claims}


def export(r):
    private = r["alg"].startswith("HS") or "PRIVATE" in r["key"]
    return {"jwk": read(r["key"], r["alg"]).as_dict(is_private=private, kid=r["kid"])}


def thumbprint(r):
    return {"thumbprint": JsonWebKey.import_key(r["key"]).thumbprint()}


operations = {"sign": sign, "verify": verify, "export": export, "thumbprint": thumbprint}

print(json.dumps({"version": authlib.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = operations[request["op"]](request)
    except Exception as e:
        answer = {"error": f"{type(e).__name__}: {e}"}
    print(json.dumps(answer), flush=True)
