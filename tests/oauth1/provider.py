"""A provider of OAuth 1 with a resource server behind it, made with oauthlib, for tests.

The first line of output is the address. Users agree at once: GET /authorize sends them back to the callback. Items are
at /items: GET returns 2 on a page, POST takes a form or JSON. GET /test/calls returns what was seen of accepted calls.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from oauthlib.oauth1 import RequestValidator, WebApplicationServer

CLIENT = "client0123456789abcdef"
SECRET = "oauth1-secret-51c2&e"


class Validator(RequestValidator):
    """Keeps everything in memory. Its client exists always, so that no dummy is needed."""

    enforce_ssl = False
    dummy_client = "dummyclient0123456789"
    dummy_request_token = "dummytoken01234567890"
    dummy_access_token = "dummytoken01234567890"

    def __init__(self):
        self.nonces = set()
        self.requests = {}
        self.verifiers = {}
        self.accesses = {}

    def validate_timestamp_and_nonce(
        self, client_key, timestamp, nonce, request, request_token=None, access_token=None
    ):
        used = (timestamp, nonce, request_token, access_token)
        if used in self.nonces:
            return False
        self.nonces.add(used)
        return True

    def validate_client_key(self, client_key, request):
        return client_key == CLIENT

    def get_client_secret(self, client_key, request):
        return SECRET if client_key == CLIENT else "none"

    def validate_requested_realms(self, client_key, realms, request):
        return True

    def get_default_realms(self, client_key, request):
        return []

    def get_realms(self, token, request):
        return []

    def validate_redirect_uri(self, client_key, redirect_uri, request):
        return redirect_uri.startswith("http://127.0.0.1:")

    def get_redirect_uri(self, token, request):
        return self.requests[token]["callback"]

    def save_request_token(self, token, request):
        self.requests[token["oauth_token"]] = {
            "secret": token["oauth_token_secret"],
            "callback": request.redirect_uri,
        }

    def verify_request_token(self, token, request):
        return token in self.requests

    def save_verifier(self, token, verifier, request):
        self.verifiers[token] = verifier["oauth_verifier"]

    def validate_request_token(self, client_key, token, request):
        return token in self.requests

    def validate_verifier(self, client_key, token, verifier, request):
        return self.verifiers.get(token) == verifier

    def get_request_token_secret(self, client_key, token, request):
        return self.requests.get(token, {}).get("secret", "none")

    def invalidate_request_token(self, client_key, request_token, request):
        self.requests.pop(request_token, None)

    def save_access_token(self, token, request):
        self.accesses[token["oauth_token"]] = token["oauth_token_secret"]

    def validate_access_token(self, client_key, token, request):
        return token in self.accesses

    def get_access_token_secret(self, client_key, token, request):
        return self.accesses.get(token, "none")

    def validate_realms(self, client_key, token, request, uri=None, realms=None):
        return True


ITEMS = [{"id": str(number), "title": f"Item {number}"} for number in range(1, 6)]
CALLS = []
VALIDATOR = Validator()
SERVER = WebApplicationServer(VALIDATOR)
LOCK = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, body=b"", media_type="application/json", headers=()):
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in dict(headers).items():
            if name.lower() != "content-type":
                self.send_header(name, value)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        uri = f"http://{self.headers['Host']}{self.path}"
        parts = urlsplit(self.path)
        headers = dict(self.headers.items())
        # oauthlib reads a body as a form only if it is one.
        media_type = self.headers.get("Content-Type", "")
        form = body.decode() if media_type.startswith("application/x-www-form-urlencoded") else None
        with LOCK:
            self.route(parts, uri, form, body, headers, media_type)

    def route(self, parts, uri, form, body, headers, media_type):
        method = self.command
        if parts.path == "/initiate" and method == "POST":
            answer = SERVER.create_request_token_response(uri, method, form, headers)
            return self.send(answer[2], answer[1] or "", "application/x-www-form-urlencoded", answer[0] or {})
        if parts.path == "/authorize" and method == "GET":
            answer = SERVER.create_authorization_response(uri, "GET", None, headers, realms=[], credentials={})
            return self.send(answer[2], answer[1] or "", "text/plain", answer[0] or {})
        if parts.path == "/token" and method == "POST":
            answer = SERVER.create_access_token_response(uri, method, form, headers)
            return self.send(answer[2], answer[1] or "", "application/x-www-form-urlencoded", answer[0] or {})
        if parts.path == "/test/calls":
            return self.send(200, json.dumps(CALLS))
        valid, _ = SERVER.validate_protected_resource_request(uri, method, form, headers)
        if not valid:
            return self.send(401, json.dumps({"error": "invalid_signature"}))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        own = {name: value for name, value in query.items() if not name.startswith("oauth_")}
        place = "header" if self.headers.get("Authorization", "").startswith("OAuth ") else "query"
        CALLS.append({"method": method, "path": parts.path, "place": place, "query": own, "body": body.decode()})
        return self.items(parts.path, method, own, body, media_type)

    def items(self, path, method, query, body, media_type):
        if path == "/items" and method == "GET":
            page = int(query.get("page", 1))
            return self.send(200, json.dumps({"items": ITEMS[2 * page - 2 : 2 * page]}))
        if path == "/items" and method == "POST":
            fields = dict(parse_qsl(body.decode())) if "form" in media_type else json.loads(body)
            item = {"id": str(len(ITEMS) + 1), **fields}
            ITEMS.append(item)
            return self.send(201, json.dumps(item))
        found = [item for item in ITEMS if path == f"/items/{item['id']}"]
        return self.send(200, json.dumps(found[0])) if found else self.send(404, "{}")

    do_GET = do_POST = do_PUT = do_DELETE = answer


httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=httpd.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{httpd.server_address[1]}", flush=True)
# The server ends when the program that started it does.
sys.stdin.read()
