"""An OData 4 service of people, whose filters are parsed by odata-query and evaluated by SQLite.

The first line of output is the address; the process ends with its standard input. Pages have at most 20 people; the
answer then has `@odata.nextLink` with a `$skiptoken`. GET /test/queries returns the queries since the last call.
"""

import json
import os
import sqlite3
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser
from odata_query.rewrite import AliasRewriter
from odata_query.sql import AstToSqliteSqlVisitor

LARGEST_PAGE = 20
COLUMNS = "id, name, age, active, since, city"
KNOWN = {"$filter", "$top", "$skip", "$skiptoken", "$count"}

database = sqlite3.connect(":memory:", check_same_thread=False)
lock = threading.Lock()
queries = []


def fill(number):
    database.execute("CREATE TABLE people (id INTEGER, name TEXT, age INTEGER, active INTEGER, since TEXT, city TEXT)")
    names = ["O'Brien", "Ann Lee", "Bob", "Zoë Löwe", "Kim (x)", "Lee+Co & more"]
    for n in range(number):
        since = f"2024-{n % 12 + 1:02}-{n % 28 + 1:02} {n % 24:02}:00:00"
        age = None if n % 10 == 9 else n % 70
        row = (n, f"{names[n % 6]} {n}", age, n % 3 == 0, since, ["Rome", "Oslo"][n % 2])
        database.execute("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?)", row)


def person(row):
    id, name, age, active, since, city = row
    since = since.replace(" ", "T") + "Z"
    return {"id": id, "name": name, "age": age, "active": bool(active), "since": since, "address": {"city": city}}


def page(query, origin):
    """Returns a page of people, by the system query options."""
    if unknown := set(query) - KNOWN:
        raise ValueError(f"unknown options: {sorted(unknown)}")
    where = "1"
    if "$filter" in query:
        tree = ODataParser().parse(ODataLexer().tokenize(query["$filter"]))
        tree = AliasRewriter({"address/city": "city"}).visit(tree)
        where = AstToSqliteSqlVisitor().visit(tree)
    start = int(query.get("$skiptoken", query.get("$skip", 0)))
    size = min(int(query.get("$top", LARGEST_PAGE)), LARGEST_PAGE)
    with lock:
        sql = f"SELECT {COLUMNS} FROM people WHERE {where} ORDER BY id LIMIT {size + 1} OFFSET {start}"
        rows = database.execute(sql).fetchall()
    answer = {"@odata.context": "$metadata#People", "value": [person(row) for row in rows[:size]]}
    if len(rows) > size:
        rest = {key: value for key, value in query.items() if key not in ("$skip", "$skiptoken")}
        pairs = [*rest.items(), ("$skiptoken", str(start + size))]
        answer["@odata.nextLink"] = f"{origin}/People?" + "&".join(f"{key}={quote(value)}" for key, value in pairs)
    return answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        if url.path == "/test/queries":
            status, body = 200, queries[:]
            queries.clear()
        elif url.path != "/People":
            status, body = 404, {"error": {"code": "NotFound", "message": url.path}}
        else:
            queries.append(query)
            try:
                status, body = 200, page(query, f"http://{self.headers['Host']}")
            except (ODataException, ValueError, sqlite3.Error) as error:
                status, body = 400, {"error": {"code": "BadRequest", "message": f"{type(error).__name__}: {error}"}}
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json;odata.metadata=minimal")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


fill(int(os.environ.get("PEOPLE", "100")))
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
# The test ends when the program that started it does.
sys.stdin.read()
