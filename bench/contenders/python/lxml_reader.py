"""httpx + lxml: each page parsed as a whole, which costs less CPU than its pull parser."""

import ssl
from urllib.parse import parse_qs, urlsplit

import httpx
from lxml import etree

from common import AUTH, COLUMNS, USER

PLACE = {name: at for at, name in enumerate(COLUMNS)}
IN_USER = {name: PLACE[name] for name in USER}
IN_EMBED = {"url": PLACE["embedUrl"], "track": PLACE["embedTrack"]}
IN_RECORD = {name: PLACE[name] for name in ("lastSubscribed", "unsubscribed")}
ID, USER_ID, REALM_ID = PLACE["id"], PLACE["userId"], PLACE["realmId"]
WIDTH = len(COLUMNS)


def client(options):
    verify = ssl.create_default_context(cafile=options.ca) if options.ca else True
    limits = httpx.Limits(max_connections=options.concurrency)
    return httpx.Client(base_url=options.url, auth=AUTH, verify=verify, limits=limits, timeout=60, trust_env=False)


def channels(http):
    answer = http.get("/v1/my/channels")
    answer.raise_for_status()
    return [channel.get("id") for channel in etree.fromstring(answer.content)]


def row(record):
    values = [None] * WIDTH
    values[ID] = record.get("id")
    for child in record:
        tag = child.tag
        if tag == "user":
            values[USER_ID] = child.get("id")
            for field in child:
                at = IN_USER.get(field.tag)
                if at is not None:
                    values[at] = field.text
                elif field.tag == "realm":
                    values[REALM_ID] = field.get("id")
        elif tag == "embed":
            for field in child:
                at = IN_EMBED.get(field.tag)
                if at is not None:
                    values[at] = field.text
        elif tag in IN_RECORD:
            values[IN_RECORD[tag]] = child.text
    return values


def pages(http, channel):
    """Yields the rows of each page."""
    params = {"pageSize": "200"}
    while True:
        answer = http.get(f"/v1/channel/{channel}/subscribers", params=params)
        answer.raise_for_status()
        rows, following = [], None
        for element in etree.fromstring(answer.content):
            if element.tag == "channelSubscriber":
                rows.append(row(element))
            elif element.get("rel") == "next":
                following = element.get("href")
        yield rows
        if following is None:
            return
        params["cursor"] = parse_qs(urlsplit(following).query)["cursor"][0]
