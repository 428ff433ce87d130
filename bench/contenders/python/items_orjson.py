"""The items of a JSON service: httpx + orjson, every item a dict."""

import httpx
import orjson

from common import arguments

options = arguments()
rows = total = 0
with httpx.Client(base_url=options.url, timeout=60, trust_env=False) as http:
    page = 1
    while page:
        answer = http.get("/items", params={"page": page, "per_page": 100})
        answer.raise_for_status()
        body = orjson.loads(answer.content)
        for item in body["items"]:
            rows += 1
            total += item["person"]["id"]
        page = body["paging"]["next"]
print(f'{{"rows": {rows}, "sum": {total}}}')
