"""A bulk pull of every contact to a polars frame, with the Python package."""

import argparse

import elementkit as ek

parser = argparse.ArgumentParser()
parser.add_argument("--url", required=True)
parser.add_argument("--database", required=True)
parser.add_argument("--output", required=True)
options = parser.parse_args()
configuration = {"brighttalk.api.key": "1", "brighttalk.api.secret": "secret", "brighttalk.bulkignore.emailnotpresent": "false"}
with ek.Platform.embedded(options.database, brighttalk_url=options.url) as platform:
    instance = platform.instances.create("brighttalk", name="Bench", configuration=configuration)
    job = instance.bulk.query("select * from contacts")
    job.wait()
    frame = job.to_polars()
frame.write_csv(options.output, datetime_format="%Y-%m-%dT%H:%M:%SZ")
