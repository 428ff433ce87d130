"""Instances of the synchronous platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from .. import _arguments as arguments
from .. import _display as display
from .._call import wait
from .._native import NativeInstance
from .._types import CHANGES, CallAnswer, Change, Json, Record, condition, list_query
from ..ceql import Expression
from ..errors import ElementKitWarning
from .definitions import Definitions, Transformations
from .jobs import Bulk
from .records import Records
from .sync import Sync

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._records import (
        Activity,
        ActivityName,
        Attachment,
        AttachmentAccessSummary,
        AttachmentAccessSummaryName,
        AttachmentName,
        Channel,
        ChannelName,
        Contact,
        ContactName,
        Registration,
        RegistrationName,
        Survey,
        SurveyName,
        SurveyResponse,
        SurveyResponseName,
        Viewing,
        ViewingName,
        Webcast,
        WebcastName,
    )
    from .._types import Narrowing, Selection


class Instance:
    """An instance: an element connected with credentials."""

    def __init__(self, native: NativeInstance) -> None:
        self._native = native

    def __repr__(self) -> str:
        return display.text(f"Instance {self.id or 'of a token'}", self._shown())

    def _repr_html_(self) -> str:
        return display.properties(f"Instance {self.id or 'of a token'}", self._shown())

    def _shown(self) -> dict[str, object]:
        details = self.details
        element: Record = details.get("element") or {}
        state = "disabled" if details.get("disabled") else None
        return {"name": details.get("name"), "element": element.get("key"), "state": state}

    @property
    def id(self) -> int | None:
        """Its id; ``None`` if only its token is known."""
        return self._native.id

    @property
    def token(self) -> str:
        """Its Element token. A secret."""
        return self._native.token

    @property
    def details(self) -> Record:
        """Its description by the platform, with its token; secrets are masked."""
        return self._native.details or {}

    @property
    def bulk(self) -> Bulk:
        """Its bulk jobs."""
        return Bulk(self._native)

    @property
    def definitions(self) -> Definitions:
        """Its own object definitions."""
        return Definitions(self._native.definitions())

    @property
    def transformations(self) -> Transformations:
        """Its own transformations."""
        return Transformations(self._native.transformations())

    def update(self, change: Change) -> Record:
        """Replaces the given members; configuration that is not given is reset to its default.

        Parameters
        ----------
        change
            Any of ``name``, ``tags`` and ``configuration``.

        Raises
        ------
        AuthenticationError
            The vendor rejected the new credentials; nothing was changed.
        """
        return wait(self._native.change(arguments.json_members("change", change, CHANGES), True))

    def patch(self, change: Change) -> Record:
        """Changes only the given members; a configuration value of ``None`` is reset to its default."""
        return wait(self._native.change(arguments.json_members("change", change, CHANGES), False))

    def enable(self) -> None:
        """Enables it again."""
        wait(self._native.set_enabled(True))

    def disable(self) -> None:
        """Disables it: resource calls and new bulk jobs are rejected until it is enabled again."""
        wait(self._native.set_enabled(False))

    def delete(self) -> None:
        """Deletes it with its jobs and their files."""
        wait(self._native.delete())

    def configuration(self) -> list[Record]:
        """Returns the entries of its configuration; secrets are masked."""
        return wait(self._native.configuration())

    def configure(self, item: int, value: str | None) -> Record:
        """Sets one entry of :meth:`configuration` by its id."""
        pending = self._native.configure(arguments.whole_number("item", item), arguments.optional_text("value", value))
        return wait(pending)

    def rotate_token(self) -> str:
        """Replaces its Element token and returns the new one; the old one is invalid at once."""
        return wait(self._native.rotate_token())

    def capabilities(self) -> list[str]:
        """Returns the platform's extensions for it, for instance ``bulk-resume`` or ``format-arrow``."""
        return wait(self._native.capabilities())

    # Overloads of sync, generated from the resource table.
    @overload
    def sync(
        self, object: ChannelName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Channel]: ...
    @overload
    def sync(
        self, object: ActivityName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Activity]: ...
    @overload
    def sync(
        self, object: ContactName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Contact]: ...
    @overload
    def sync(
        self, object: AttachmentAccessSummaryName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[AttachmentAccessSummary]: ...
    @overload
    def sync(
        self, object: SurveyName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Survey]: ...
    @overload
    def sync(
        self, object: SurveyResponseName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[SurveyResponse]: ...
    @overload
    def sync(
        self, object: WebcastName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Webcast]: ...
    @overload
    def sync(
        self, object: RegistrationName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Registration]: ...
    @overload
    def sync(
        self, object: ViewingName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Viewing]: ...
    @overload
    def sync(
        self, object: AttachmentName, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Attachment]: ...
    @overload
    def sync(
        self, object: str, state: str | None = None, **selection: Unpack[Selection]
    ) -> Sync[Record]: ...
    # End of the overloads of sync.
    def sync(
        self,
        object: str,
        state: str | None = None,
        *,
        where: str | Expression | None = None,
        fields: str | Sequence[str] | None = None,
        channel: int | Sequence[int] | None = None,
    ) -> Sync[Any]:
        """Pulls the records that changed since the last pull, or all records without a state.

        Read the rows, then store :meth:`Sync.state` for the next pull. Upsert rows by their primary key: pulls
        overlap, so that nothing is missed.

        Parameters
        ----------
        object
            For instance ``contacts``.
        state
            The result of :meth:`Sync.state` of the last pull with the same selection.
        where
            Only records that meet this CEQL condition.
        fields
            Only these fields: a list, or a string with commas.
        channel
            Only records of this channel, or of these channels.
        """
        pending = self._native.sync(
            arguments.text("object", object),
            arguments.optional_text("state", state),
            condition("where", where),
            arguments.field_names("fields", fields),
            arguments.whole_numbers("channel", channel),
        )
        return Sync(wait(pending))

    def ping(self) -> None:
        """Checks with the vendor that the credentials work."""
        wait(self._native.ping())

    def objects(self) -> list[str]:
        """Returns the names of its objects."""
        return wait(self._native.objects())

    def metadata(self, object: str) -> Record:
        """Returns the description of an object: its ``fields``, each with ``vendorPath`` and ``type``, and where known
        ``primaryKey`` and ``lastModified``, lists of fields by which copies of its records are kept up to date.
        """
        return wait(self._native.metadata(arguments.text("object", object)))

    # Overloads of records, generated from the resource table.
    @overload
    def records(self, resource: ChannelName, **narrowing: Unpack[Narrowing]) -> Records[Channel]: ...
    @overload
    def records(self, resource: ActivityName, **narrowing: Unpack[Narrowing]) -> Records[Activity]: ...
    @overload
    def records(self, resource: ContactName, **narrowing: Unpack[Narrowing]) -> Records[Contact]: ...
    @overload
    def records(
        self, resource: AttachmentAccessSummaryName, **narrowing: Unpack[Narrowing]
    ) -> Records[AttachmentAccessSummary]: ...
    @overload
    def records(self, resource: SurveyName, **narrowing: Unpack[Narrowing]) -> Records[Survey]: ...
    @overload
    def records(self, resource: SurveyResponseName, **narrowing: Unpack[Narrowing]) -> Records[SurveyResponse]: ...
    @overload
    def records(self, resource: WebcastName, **narrowing: Unpack[Narrowing]) -> Records[Webcast]: ...
    @overload
    def records(self, resource: RegistrationName, **narrowing: Unpack[Narrowing]) -> Records[Registration]: ...
    @overload
    def records(self, resource: ViewingName, **narrowing: Unpack[Narrowing]) -> Records[Viewing]: ...
    @overload
    def records(self, resource: AttachmentName, **narrowing: Unpack[Narrowing]) -> Records[Attachment]: ...
    @overload
    def records(self, resource: str, **narrowing: Unpack[Narrowing]) -> Records[Record]: ...
    # End of the overloads of records.
    def records(
        self,
        resource: str,
        *,
        where: str | Expression | None = None,
        fields: str | Sequence[str] | None = None,
        order_by: str | None = None,
        page_size: int | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Records[Any]:
        """Returns a list of records, which is read when it is iterated over.

        Every record has every field of the object, or of ``fields``: ``None`` where it has no value.

        Parameters
        ----------
        resource
            A path such as ``channels``, ``contacts`` or ``channels/1001/webcasts``.
        where
            A CEQL condition, for instance ``lastUpdated > '2026-01-01'`` or ``ek.field("id") == 7``.
        fields
            Only these fields: a list, or a string with commas.
        order_by
            For instance ``lastUpdated desc``; the platform then reads the whole list first.
        page_size
            1 to 5000; 200 by default.
        params
            Other query parameters, for instance ``since``.
        """
        query = list_query(where, fields, order_by, page_size, params)
        return Records(self._native.records(arguments.text("resource", resource), query), resource, query)

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Json = None,
        content: bytes | bytearray | memoryview | None = None,
        content_type: str | None = None,
        timeout: float | None = None,
    ) -> CallAnswer:
        """Makes any other call that the element of this instance offers (spec P 7.1).

        Anything but ``GET`` is sent once. It is repeated only if no connection could be made.

        Parameters
        ----------
        method
            The HTTP method, in any case.
        path
            The path of a resource, without a hub, for instance ``accounts/7/merge``.
        query
            Query parameters.
        headers
            Headers. Those of the client itself, such as ``Authorization``, cannot be set.
        json
            A JSON body.
        content
            A body of bytes instead.
        content_type
            The media type of ``content``; ``application/octet-stream`` by default.
        timeout
            Seconds until the answer; the limit of the platform by default.

        Raises
        ------
        NotFoundError
            The element does not offer the path.
        InvalidRequestError
            With status 405: it does not offer the method there; otherwise the vendor rejected it.
        TimeoutError, TransportError, VendorError
            The change may have been made; ``hint`` says so if that is possible. The same goes for an interrupted call.
        """
        answered, request_id, warnings, body = wait(
            self._native.call(
                arguments.text("method", method),
                arguments.text("path", path),
                arguments.text_pairs("query", query),
                arguments.text_pairs("headers", headers),
                arguments.optional_json("json", json),
                arguments.optional_content("content", content, content_type),
                arguments.milliseconds("timeout", timeout),
            )
        )
        seen = [ElementKitWarning(text, code=code, field=of, suggestion=near) for code, text, of, near in warnings]
        return CallAnswer(dict(answered), request_id, seen, body)
