"""A peer of languages_test.go: PyJWT. A request a line in, an answer a line out."""
import base64
import json
import sys

import jwt
from jwt.algorithms import get_default_algorithms


def read(key, alg, kid=None):
    if isinstance(key, dict):
        return jwt.PyJWKSet.from_dict(key)[kid].key if "keys" in key else jwt.PyJWK(key, alg).key
    if alg.startswith("HS"):
        return base64.urlsafe_b64decode(key + "==")
    return key


def sign(r):
    return {"token": jwt.encode(r["claims"], read(r["key"], r["alg"]), r["alg"], {"kid": r["kid"]})}


def verify(r):
    key = read(r["key"], r["alg"], jwt.get_unverified_header(r["token"])["kid"])
    options = {"require": ["exp", "iat"]}
    return {"claims": jwt.decode(r["token"], key, [r["alg"]], options, issuer=r["issuer"], audience=r["audience"])}


def export(r):
    algorithm = get_default_algorithms()[r["alg"]]
    jwk = json.loads(algorithm.to_jwk(algorithm.prepare_key(read(r["key"], r["alg"]))))
    return {"jwk": {**jwk, "kid": r["kid"]}}


operations = {"sign": sign, "verify": verify, "export": export}

print(json.dumps({"version": jwt.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = operations[request["op"]](request)
    except Exception as e:
        answer = {"error": f"{type(e).__name__}: {e}"}
    print(json.dumps(answer), flush=True)
