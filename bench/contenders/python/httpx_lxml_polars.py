"""httpx + lxml, then one polars frame from the records as dicts."""

import polars

import lxml_reader
from common import COLUMNS, arguments

options = arguments()
records = []
with lxml_reader.client(options) as http:
    for id in lxml_reader.channels(http):
        for rows in lxml_reader.pages(http, id):
            records.extend(dict(zip(COLUMNS, row)) for row in rows)
frame = polars.DataFrame(records, schema=dict.fromkeys(COLUMNS, polars.String))
if options.output:
    frame.write_csv(options.output)
