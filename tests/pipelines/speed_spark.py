"""The time in which Spark reads the contacts of a served platform, with a number of executors of one core.

usage: speed_spark.py EXECUTORS BASE_URL RECORDS
"""

import sys
import time

import elementkit.spark
from pyspark.sql import SparkSession

executors, base_url, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
builder = SparkSession.builder.master(f"local-cluster[{executors},1,1024]").config("spark.ui.enabled", "false")
spark = builder.config("spark.sql.python.filterPushdown.enabled", "true").getOrCreate()
spark.dataSource.register(elementkit.spark.ElementKitDataSource)
source = spark.read.format("elementkit").option("baseUrl", base_url).option("object", "contacts")
# The first run starts the interpreters of the executors.
for turn in ("first", "second"):
    begun = time.monotonic()
    found = source.load().selectExpr("count(*)", "count(distinct id)").first()
    if tuple(found) != (count, count):
        sys.exit(f"{found} instead of {count} contacts")
    print(f"{executors} executors, {turn} read: {time.monotonic() - begun:.1f} s", flush=True)
spark.stop()
