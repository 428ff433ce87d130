"""requests + xmltodict + csv: what most people write first."""

import csv
import threading
from urllib.parse import parse_qs, urlsplit

import requests
import xmltodict

from common import AUTH, COLUMNS, USER, arguments, each_channel

options = arguments()
local = threading.local()
lock = threading.Lock()


def session():
    if not hasattr(local, "session"):
        local.session = requests.Session()
        local.session.auth = AUTH
        local.session.verify = options.ca or True
        local.session.trust_env = False
    return local.session


def get(path, **params):
    answer = session().get(options.url + path, params=params)
    answer.raise_for_status()
    return xmltodict.parse(answer.content, force_list=("channel", "channelSubscriber", "link"))


def row(record):
    user = record["user"]
    embed = record.get("embed") or {}
    values = {
        "id": record["@id"],
        "lastSubscribed": record.get("lastSubscribed"),
        "unsubscribed": record.get("unsubscribed"),
        "embedUrl": embed.get("url"),
        "embedTrack": embed.get("track"),
        "userId": user["@id"],
        "realmId": (user.get("realm") or {}).get("@id"),
    }
    for name in USER:
        values[name] = user.get(name)
    return [values[name] for name in COLUMNS]


def channel(id):
    params = {"pageSize": 200}
    while True:
        root = get(f"/v1/channel/{id}/subscribers", **params)["channelSubscribers"]
        rows = [row(record) for record in root.get("channelSubscriber", [])]
        with lock:
            writer.writerows(rows)
        following = [link["@href"] for link in root.get("link", []) if link["@rel"] == "next"]
        if not following:
            return
        params["cursor"] = parse_qs(urlsplit(following[0]).query)["cursor"][0]


with open(options.output, "w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    channels = [channel["@id"] for channel in get("/v1/my/channels")["channels"]["channel"]]
    each_channel(channel, channels, options.concurrency)
