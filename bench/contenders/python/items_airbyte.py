"""The items of a JSON service: PyAirbyte with a low-code manifest, into its DuckDB cache, every item a dict."""

import json
import os
import tempfile

# Otherwise it would look up the connector in a catalogue on the network.
os.environ.update(AIRBYTE_OFFLINE_MODE="1", DO_NOT_TRACK="1")

import airbyte as ab  # noqa: E402

from common import arguments  # noqa: E402

options = arguments()
TEXT, OBJECT = {"type": ["string", "null"]}, {"type": "object"}
SCHEMA = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "updated_at": TEXT, "archived_at": TEXT, "tags": {"type": "array"}}
    | dict.fromkeys(["person", "company", "position", "source", "properties", "links"], OBJECT),
}
manifest = {
    "version": "6.0.0",
    "type": "DeclarativeSource",
    "check": {"type": "CheckStream", "stream_names": ["items"]},
    "streams": [
        {
            "type": "DeclarativeStream",
            "name": "items",
            "primary_key": ["id"],
            "schema_loader": {"type": "InlineSchemaLoader", "schema": SCHEMA},
            "retriever": {
                "type": "SimpleRetriever",
                "requester": {"type": "HttpRequester", "url_base": options.url, "path": "/items", "http_method": "GET"},
                "record_selector": {
                    "type": "RecordSelector",
                    "extractor": {"type": "DpathExtractor", "field_path": ["items"]},
                },
                "paginator": {
                    "type": "DefaultPaginator",
                    "page_size_option": {
                        "type": "RequestOption",
                        "inject_into": "request_parameter",
                        "field_name": "per_page",
                    },
                    "page_token_option": {
                        "type": "RequestOption",
                        "inject_into": "request_parameter",
                        "field_name": "page",
                    },
                    "pagination_strategy": {"type": "PageIncrement", "start_from_page": 1, "page_size": 100},
                },
            },
        }
    ],
    "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
}
source = ab.get_source("source-items", config={}, source_manifest=manifest, streams="*")
with tempfile.TemporaryDirectory(prefix="bench-airbyte-") as folder:
    result = source.read(ab.new_local_cache("bench", folder), force_full_refresh=True)
    rows = total = 0
    for item in result["items"]:
        rows += 1
        total += json.loads(item["person"])["id"] if isinstance(item["person"], str) else item["person"]["id"]
print(f'{{"rows": {rows}, "sum": {total}}}')
