"""A server with published keys, as auth providers have them."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode

from tests.builders import SECRET

EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)


def _answers() -> dict[str, str]:
    """Return the body for each path."""
    bare_ec = {**json.loads(ECAlgorithm.to_jwk(EC_KEY.public_key())), "kid": "test-key"}
    bare_rsa = {**json.loads(RSAAlgorithm.to_jwk(RSA_KEY.public_key())), "kid": "rsa-key"}
    ec_jwk, rsa_jwk = {**bare_ec, "alg": "ES256"}, {**bare_rsa, "alg": "RS256"}
    key_sets = {
        "/jwks": [ec_jwk, rsa_jwk],
        "/without-alg": [bare_ec, bare_rsa],
        "/secret": [{"kty": "oct", "k": base64url_encode(SECRET.encode()).decode(), "kid": "secret"}],
        "/alg-is-none": [ec_jwk, {**bare_rsa, "alg": "none"}],
        "/alg-is-a-list": [ec_jwk, {**bare_rsa, "alg": ["RS256"]}],
    }
    return {path: json.dumps({"keys": keys}) for path, keys in key_sets.items()} | {
        "/not-json": "<html>",
        "/list": "[]",
    }


class KeyServer(BaseHTTPRequestHandler):
    """A server with an auth provider's published keys, in the shapes that `_answers` lists by path.

    All other paths return errors. As some providers do, it refuses Python's default user agent.
    """

    requests = 0
    answers = _answers()

    def do_GET(self) -> None:
        type(self).requests += 1
        body = self.answers.get(self.path)
        if self.headers["User-Agent"].startswith("Python-urllib"):
            self.send_error(403)
        elif self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/jwks")
            self.end_headers()
        elif self.path == "/broken-off":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"{")
        elif body is None:
            self.send_error(500)
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="session")
def keys_url() -> Iterator[str]:
    """The URL of a running `KeyServer`, without a path."""
    server = HTTPServer(("127.0.0.1", 0), KeyServer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
