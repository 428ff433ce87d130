"""httpx + lxml + csv."""

import csv
import threading

import lxml_reader
from common import COLUMNS, arguments, each_channel

options = arguments()
lock = threading.Lock()
with open(options.output, "w", newline="", encoding="utf-8") as file, lxml_reader.client(options) as http:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)

    def channel(id):
        for rows in lxml_reader.pages(http, id):
            with lock:
                writer.writerows(rows)

    each_channel(channel, lxml_reader.channels(http), options.concurrency)
