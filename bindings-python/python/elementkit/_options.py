"""Options of platforms. Generated from the option tables of core; do not edit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal, SupportsFloat, SupportsIndex, TypedDict

from . import _arguments as arguments
from ._types import Json


class HostedOptions(TypedDict, total=False):
    """Options of a hosted platform. Values in the environment need not be given."""

    user: str | None
    """The user secret. Required. From ``ELEMENTKIT_USER_SECRET`` when not given."""
    organization: str | None
    """The organization secret. Required. From ``ELEMENTKIT_ORGANIZATION_SECRET`` when not given."""
    allow_insecure_http: bool | None
    """Allows plain HTTP to hosts other than this machine. Off by default."""
    timeout: SupportsFloat | None
    """Time limit of a call, retries included, until its response begins. Unlimited by default. In seconds."""
    connect_timeout: SupportsFloat | None
    """Time limit for connecting, TLS included. 10 seconds by default. In seconds."""
    read_timeout: SupportsFloat | None
    """Maximum silence of the platform, before a response begins and within it. 130 seconds by default. In seconds."""
    retries: SupportsIndex | None
    """Maximum number of retries of a failed read. 3 by default."""
    proxy: str | None
    """A proxy, ``http://[user:password@]host:port``. By default that of ``HTTPS_PROXY``, ``HTTP_PROXY`` or ``ALL_PROXY``."""
    no_proxy: bool | None
    """Ignores the proxy of the environment. Off by default."""
    ca_file: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
    """PEM files of certificate authorities to trust in addition to the public ones. From ``ELEMENTKIT_CA_FILE`` when not given."""
    answer_limit: SupportsIndex | None
    """The longest response that is read into memory, in bytes; results of bulk jobs are streamed. 256 MiB by default."""


class EmbeddedOptions(TypedDict, total=False):
    """Options of the engine in this process."""

    resume_jobs: bool | None
    """Whether parked bulk jobs resume when the database is opened."""
    timeout: SupportsFloat | None
    """Time limit of a call until its response begins. Limited only by the engine by default. In seconds."""
    key_file: str | os.PathLike[str] | None
    """The file of the vault key. By default a file beside the database, unless ``ELEMENTKIT_VAULT_KEY`` is set."""
    ca_file: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
    """PEM files of certificate authorities to trust in addition to the public ones, at the vendor. From ``ELEMENTKIT_CA_FILE`` when not given."""
    brighttalk_url: str | None
    """A host that is called instead of BrightTALK's, for a sandbox or a gateway. From ``ELEMENTKIT_BRIGHTTALK_URL`` when not given."""
    allow_vendor_override: bool | None
    """Accepts a host of the vendor in the configuration of an instance, as ``acme.base.url``. Off by default."""
    vendor_attempts: SupportsIndex | None
    """Maximum number of attempts of a call to the vendor. 4 by default."""
    vendor_retry_after: SupportsFloat | None
    """The longest ``Retry-After`` of the vendor that a live call waits for. 5 minutes by default. In seconds."""
    vendor_connect_timeout: SupportsFloat | None
    """Time limit for connecting to the vendor. 10 seconds by default. In seconds."""
    vendor_read_timeout: SupportsFloat | None
    """Maximum silence of the vendor, before a response begins and within it. 60 seconds by default. In seconds."""
    vendor_timeout: SupportsFloat | None
    """Time limit of the whole response of the vendor. 5 minutes by default. In seconds."""
    call_time_limit: SupportsFloat | None
    """Time limit of a call that reads from the vendor, except bulk jobs. 2 minutes by default. In seconds."""
    max_outage: SupportsFloat | None
    """Maximum time that a bulk job waits for an unreachable vendor. 2 hours by default. In seconds."""
    retention: SupportsFloat | None
    """Time for which results and checkpoints are kept after the end of their job. 3 days by default. In seconds."""
    lease: SupportsFloat | None
    """Time after which the job of a dead process is taken over by another on the same file. 10 seconds by default. In seconds."""
    sort_memory: SupportsIndex | None
    """Bytes of rows that a bulk job with ORDER BY sorts in memory; the rest is sorted on disk. 4 MiB by default."""
    commit_bytes: SupportsIndex | None
    """Bytes of rows that a bulk job commits at once; 0 commits every page. 512 KiB by default."""
    script_time_limit: SupportsFloat | None
    """Time limit of scripts for the records of a live call, or for one record of a bulk job. 30 seconds by default. In seconds."""
    script_memory: SupportsIndex | None
    """Bytes of memory that a script may use. 64 MiB by default."""
    expose_script_secrets: bool | None
    """Gives scripts of transformations the secrets of the call in their ``configuration``. Off by default."""
    script_network: str | None
    """Hosts, separated by commas, that scripts of elements may call with ``http`` and ``https``. None by default."""
    published_only: bool | None
    """Hides the objects and paths that the published element does not have. Off by default."""
    derived_activity_fields: bool | None
    """Adds ``activityUrl``, ``activityType`` and ``totalViewingDurationMinutes`` to activities. Off by default."""
    record_usage: bool | None
    """Keeps a record of each call for 7 days, which ``GET /usage`` returns. Off by default."""
    allow_private_callbacks: bool | None
    """Whether callbacks may go to private, link-local and loopback addresses. On by default."""
    allow_private_vendors: bool | None
    """Whether elements of documents may call private, link-local and loopback addresses, and plain http. On by default."""


class QueryOptions(TypedDict, total=False):
    """Options of a bulk query."""

    from_: str | None
    """Only records changed at or after this ISO-8601 date."""
    to: str | None
    """Only records changed at or before this ISO-8601 date."""
    continue_from: str | None
    """Id of an earlier job, to start where its limit stopped it."""
    callback_url: str | None
    """URL that is called when the job has ended, or a path of the platform."""
    callback_payload: Json | None
    """JSON to send with the callback."""
    file_name: str | None
    """Name of the file in downloads; ``{yyyy-MM-dd HH:mm:ss}`` is replaced by the time."""


class UploadOptions(TypedDict, total=False):
    """Options of a bulk upload."""

    mode: Literal["create", "update", "replace", "upsert", "delete"] | None
    """Effect on the records of the object: ``create`` (the default) creates every record, ``update`` changes the fields that the file has, ``replace`` replaces whole records, ``upsert`` changes records and creates those that do not exist or have no key, ``delete`` deletes."""
    key: str | None
    """Field with the key of a record, which becomes the last part of its path. The primary key of the object by default, but none for ``upsert``, which then creates every record."""
    format: Literal["csv", "json"] | None
    """Format of the file: ``csv`` with a header line, or ``json``, an array or one object on each line. That of the file extension by default, else ``csv``."""
    path: str | None
    """Path of the list that records are written to, for instance ``/lists/42/members``. Without it, columns named like the variables of the path have their values."""
    concurrency: SupportsIndex | None
    """Number of records sent at a time, from 1 to 10. 4 by default."""
    unknown_columns: bool | None
    """Sends columns that the object does not have, in place of refusing the file. Off by default."""
    callback_url: str | None
    """URL that is called when the job has ended, or a path of the platform."""
    callback_payload: Json | None
    """JSON to send with the callback."""


HOSTED: arguments.Rules = {
    "base_url": ("base_url", arguments.text),
    "user": ("user_secret", arguments.text),
    "organization": ("organization_secret", arguments.text),
    "allow_insecure_http": ("allow_insecure_http", arguments.flag),
    "timeout": ("timeout_ms", arguments.time_limit),
    "connect_timeout": ("connect_timeout_ms", arguments.time_limit),
    "read_timeout": ("read_timeout_ms", arguments.time_limit),
    "retries": ("retries", arguments.whole_number),
    "proxy": ("proxy", arguments.text),
    "no_proxy": ("no_proxy", arguments.flag),
    "ca_file": ("ca_file", arguments.paths),
    "answer_limit": ("answer_limit", arguments.positive_number),
}
"""The option in core and the rule of each argument of ``hosted``."""


EMBEDDED: arguments.Rules = {
    "resume_jobs": ("resume_jobs", arguments.flag),
    "timeout": ("timeout_ms", arguments.time_limit),
    "key_file": ("key_file", arguments.path),
    "ca_file": ("ca_file", arguments.paths),
    "brighttalk_url": ("brighttalk_url", arguments.text),
    "allow_vendor_override": ("allow_vendor_override", arguments.flag),
    "vendor_attempts": ("vendor_attempts", arguments.positive_number),
    "vendor_retry_after": ("vendor_retry_after_ms", arguments.milliseconds),
    "vendor_connect_timeout": ("vendor_connect_timeout_ms", arguments.time_limit),
    "vendor_read_timeout": ("vendor_read_timeout_ms", arguments.time_limit),
    "vendor_timeout": ("vendor_timeout_ms", arguments.time_limit),
    "call_time_limit": ("call_time_limit_ms", arguments.time_limit),
    "max_outage": ("max_outage_ms", arguments.milliseconds),
    "retention": ("retention_ms", arguments.milliseconds),
    "lease": ("lease_ms", arguments.time_limit),
    "sort_memory": ("sort_memory", arguments.positive_number),
    "commit_bytes": ("commit_bytes", arguments.whole_number),
    "script_time_limit": ("script_time_limit_ms", arguments.time_limit),
    "script_memory": ("script_memory", arguments.positive_number),
    "expose_script_secrets": ("expose_script_secrets", arguments.flag),
    "script_network": ("script_network", arguments.text),
    "published_only": ("published_only", arguments.flag),
    "derived_activity_fields": ("derived_activity_fields", arguments.flag),
    "record_usage": ("record_usage", arguments.flag),
    "allow_private_callbacks": ("allow_private_callbacks", arguments.flag),
    "allow_private_vendors": ("allow_private_vendors", arguments.flag),
}
"""The option in core and the rule of each argument of ``embedded``."""


QUERY: arguments.Rules = {
    "from_": ("from", arguments.text),
    "to": ("to", arguments.text),
    "continue_from": ("continue_from", arguments.text),
    "callback_url": ("callback_url", arguments.text),
    "callback_payload": ("callback_payload", arguments.json_value),
    "file_name": ("file_name", arguments.text),
}
"""The option in core and the rule of each argument of ``query``."""


UPLOAD: arguments.Rules = {
    "mode": ("mode", arguments.text),
    "key": ("key", arguments.text),
    "format": ("format", arguments.text),
    "path": ("path", arguments.text),
    "concurrency": ("concurrency", arguments.whole_number),
    "unknown_columns": ("unknown_columns", arguments.flag),
    "callback_url": ("callback_url", arguments.text),
    "callback_payload": ("callback_payload", arguments.json_value),
}
"""The option in core and the rule of each argument of ``upload``."""
