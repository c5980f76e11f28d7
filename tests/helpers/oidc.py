"""A small OpenID Connect provider on this machine: discovery, authorization code flow with PKCE, JWKS, RS256."""

import base64
import hashlib
import json
import secrets
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "the-dashboard", "not-so-secret-in-a-test"


class Provider:
    """Signs in, without a question, whoever `person` says: its claims."""

    def __init__(self, issuer):
        self.issuer = issuer
        self.person = {"sub": "1", "email": "ann@example.org", "email_verified": True, "name": "Ann"}
        self.signs_with = self.key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "one"})
        self.codes = {}
        self.requests = []
        self.signed_out = 0

    def metadata(self):
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/sign-out",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def authorize(self, asked):
        """Where the browser is sent, with a code that can be used once."""
        self.requests.append(asked)
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, sent, client):
        asked = self.codes.pop(sent["code"])
        assert client == (CLIENT, SECRET)
        assert sent["redirect_uri"] == asked["redirect_uri"]
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=")
        assert challenge.decode() == asked["code_challenge"]
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signs_with)
        return {"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": signed}


@contextmanager
def provider():
    """A provider that answers on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            where, asked = urlsplit(self.path), parse_qs(urlsplit(self.path).query)
            asked = {name: values[0] for name, values in asked.items()}
            if where.path == "/.well-known/openid-configuration":
                self.answer(made.metadata())
            elif where.path == "/jwks":
                self.answer({"keys": [made.key.as_dict(private=False)]})
            elif where.path == "/userinfo":
                self.answer(made.person)
            elif where.path == "/authorize":
                self.go(made.authorize(asked))
            elif where.path == "/sign-out":
                made.signed_out += 1
                self.go(asked["post_logout_redirect_uri"])
            else:
                self.send_error(404)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            sent = {name: values[0] for name, values in parse_qs(body).items()}
            basic = self.headers.get("Authorization", "")
            if basic.startswith("Basic "):
                client = tuple(base64.b64decode(basic[6:]).decode().split(":", 1))
            else:
                client = (sent.get("client_id"), sent.get("client_secret"))
            self.answer(made.token(sent, client))

        def answer(self, document):
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def go(self, url):
            self.send_response(302)
            self.send_header("Location", url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Provider(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
