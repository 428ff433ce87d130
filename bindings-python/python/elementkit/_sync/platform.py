"""The synchronous platform and its list of instances."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from .. import _arguments as arguments
from .. import _display as display
from .._call import wait
from .._native import NativePlatform
from .._options import EMBEDDED, HOSTED
from .._types import Grant, Json, Record, Response, granted_pair
from .._vault import VaultKeyProvider, Watched, watched
from ..errors import ElementKitError
from .definitions import CommonResources, Definitions, Transformations
from .elements import Elements
from .instance import Instance

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._options import EmbeddedOptions, HostedOptions


class Platform:
    """A platform: the engine in this process, or one on the network.

    Use it as a context manager, or call :meth:`close`: bulk jobs of an embedded platform are then parked and continue
    when it is opened again.
    """

    def __init__(self, native: NativePlatform, place: str) -> None:
        self._native = native
        self._place = place

    def __repr__(self) -> str:
        return display.text("Platform", {"at": self._place})

    @classmethod
    def embedded(
        cls,
        database: str | os.PathLike[str],
        *,
        vault_keys: bytes | VaultKeyProvider | None = None,
        **options: Unpack[EmbeddedOptions],
    ) -> Platform:
        """Opens the engine on a database file; no platform account is needed.

        Parameters
        ----------
        database
            The file; created if it does not exist, with its key file beside it (or ``ELEMENTKIT_VAULT_KEY``).
        vault_keys
            The vault key, if the program stores it instead of a file beside the database: the 32 bytes of the key, or
            a :class:`VaultKeyProvider` for a secret manager or another safe store.
        options
            Any of :class:`EmbeddedOptions`, for instance ``resume_jobs=False`` or ``retention=3600``.

        Raises
        ------
        StorageError
            The file cannot be opened, is of a newer version, or its vault key is missing.
        ConfigError
            An argument cannot be used, or the process was forked while its parent had a database open.
        """
        taken = {"database": arguments.path("database", database), **arguments.options("embedded", options, EMBEDDED)}
        return cls._opened(taken, vault_keys)

    @classmethod
    def embedded_from_env(
        cls, *, vault_keys: bytes | VaultKeyProvider | None = None, **options: Unpack[EmbeddedOptions]
    ) -> Platform:
        """Opens the engine as :meth:`embedded`, on the database file ``ELEMENTKIT_DATABASE``.

        By default ``elementkit.db`` in the current folder.
        """
        return cls._opened(arguments.options("embedded_from_env", options, EMBEDDED), vault_keys)

    @classmethod
    def _opened(cls, taken: Mapping[str, object], vault_keys: bytes | VaultKeyProvider | None) -> Platform:
        keys = watched(vault_keys)
        pending = NativePlatform.embedded(arguments.json_text("options", taken), keys)
        try:
            return cls(wait(pending), str(taken.get("database") or "ELEMENTKIT_DATABASE"))
        except ElementKitError as error:
            if isinstance(keys, Watched) and keys.exception is not None:
                raise error from keys.exception
            raise

    @classmethod
    def hosted(
        cls,
        base_url: str | None = None,
        **options: Unpack[HostedOptions],
    ) -> Platform:
        """Connects to a Cloud Elements or Open Connectors platform, or to ``elementkit serve``. Nothing is sent yet.

        Parameters
        ----------
        base_url
            The URL, or the name of a region such as ``eu``; by default ``ELEMENTKIT_BASE_URL``, else US production.
        options
            Any of :class:`HostedOptions`, for instance ``user`` and ``organization`` with the secrets.

        Raises
        ------
        ConfigError
            The URL cannot be used, would send secrets in the clear, or a secret is missing.
        """
        taken = arguments.options("hosted", {"base_url": base_url, **options}, HOSTED)
        return cls(NativePlatform.hosted(arguments.json_text("options", taken)), base_url or "ELEMENTKIT_BASE_URL")

    @property
    def instances(self) -> Instances:
        """The instances of the calling user."""
        return Instances(self._native)

    def definitions(
        self, level: Literal["organization", "account"] = "organization", id: int | None = None
    ) -> Definitions:
        """Object definitions of a level (see also :attr:`Instance.definitions`)."""
        return Definitions(self._native.definitions(level, id))

    def transformations(
        self,
        level: Literal["organization", "account"] = "organization",
        id: int | None = None,
        *,
        element: str = "brighttalk",
    ) -> Transformations:
        """Transformations of a level, which map shapes to the objects of an element."""
        return Transformations(self._native.transformations(element, level, id))

    @property
    def common_resources(self) -> CommonResources:
        """Shapes as the result of all levels."""
        return CommonResources(self._native.common_resources())

    @property
    def elements(self) -> Elements:
        """The elements of the platform: ``platform.elements()`` lists them."""
        return Elements(self._native.elements())

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Json = None,
        token: str | None = None,
        timeout: float | None = None,
    ) -> Response:
        """Sends any call, by its path below ``/elements/api-v2``; with ``token`` as a call of that instance."""
        pending = self._native.request(
            arguments.text("method", method),
            arguments.text("path", path),
            arguments.text_pairs("query", query),
            arguments.optional_json("json", json),
            arguments.optional_text("token", token),
            arguments.milliseconds("timeout", timeout),
        )
        return Response(*wait(pending))

    def close(self) -> None:
        """Closes the platform. Calling it again has no effect."""
        wait(self._native.close())

    def __enter__(self) -> Platform:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Instances:
    """The instances of a platform."""

    def __init__(self, native: NativePlatform) -> None:
        self._native = native

    def create(
        self,
        element: str,
        *,
        name: str,
        configuration: Mapping[str, object],
        tags: Sequence[str] | None = None,
        granted: Grant | None = None,
    ) -> Instance:
        """Creates an instance; the vendor checks the credentials first.

        Parameters
        ----------
        element
            The element's key.
        name
            A name, 1 to 255 characters.
        configuration
            Its configuration by key.
        tags
            Tags; by default its name.
        granted
            The grant of a user, for elements with OAuth 2; see :meth:`Elements.oauth_url`.

        Raises
        ------
        AuthenticationError, PermissionDeniedError
            The vendor rejected the credentials; ``provider_message`` has its message.
        InvalidRequestError
            A required value is missing.
        """
        pending = self._native.create_instance(
            arguments.text("element", element),
            arguments.text("name", name),
            arguments.configuration(configuration),
            arguments.optional_texts("tags", tags),
            granted_pair(granted),
        )
        return Instance(wait(pending))

    def connect(
        self,
        element: str,
        *,
        name: str,
        configuration: Mapping[str, object],
        tags: Sequence[str] | None = None,
        granted: Grant | None = None,
    ) -> Instance:
        """Returns the instance of this element and name, and creates it if it does not exist.

        An existing instance gets this configuration, and these tags if any, so a program can connect on each run. If
        several instances have the name, the oldest is used. ``granted`` is as for :meth:`create`.

        Raises
        ------
        AuthenticationError, PermissionDeniedError
            The vendor rejected the credentials; an existing instance is unchanged.
        InvalidRequestError
            A required value is missing.
        """
        pending = self._native.connect_instance(
            arguments.text("element", element),
            arguments.text("name", name),
            arguments.configuration(configuration),
            arguments.optional_texts("tags", tags),
            granted_pair(granted),
        )
        return Instance(wait(pending))

    def connect_from_env(
        self,
        element: str,
        *,
        name: str | None = None,
        configuration: Mapping[str, object] | None = None,
        tags: Sequence[str] | None = None,
        granted: Grant | None = None,
    ) -> Instance:
        """Connects as :meth:`connect`, with missing credentials from the environment.

        For instance from ``BRIGHTTALK_API_KEY``. Without a name the instance is named after the element.
        ``granted`` is as for :meth:`create`.

        Raises
        ------
        ConfigError
            A required value is neither given nor in the environment.
        """
        pending = self._native.connect_from_env(
            arguments.text("element", element),
            arguments.optional_text("name", name),
            arguments.configuration(configuration or {}),
            arguments.optional_texts("tags", tags),
            granted_pair(granted),
        )
        return Instance(wait(pending))

    def _connect_brighttalk(self, options: Mapping[str, object]) -> Instance:
        """Connects BrightTALK; the options are those of core."""
        return Instance(wait(self._native.connect_brighttalk(arguments.json_text("options", options))))

    def get(self, id: int) -> Instance:
        """Returns an instance by its id."""
        return Instance(wait(self._native.get_instance(arguments.whole_number("id", id))))

    def only(self) -> Instance:
        """Returns the instance whose id is ``ELEMENTKIT_INSTANCE``, else the only instance.

        Raises
        ------
        NotFoundError
            There is no instance.
        ConfigError
            There are several instances.
        """
        return Instance(wait(self._native.only_instance()))

    def list(self, *, search: str | None = None, tags: Sequence[str] = ()) -> list[Record]:
        """Returns the instances, by ascending id, without configuration.

        Parameters
        ----------
        search
            Only instances whose name or element key contains this.
        tags
            Only instances with all of these tags.
        """
        pending = self._native.list_instances(arguments.optional_text("search", search), arguments.texts("tags", tags))
        return display.Found(wait(pending))

    def count(self) -> Record:
        """Returns the number of instances, in total and by element."""
        return wait(self._native.count_instances())

    def delete(self, id: int) -> None:
        """Deletes an instance with its jobs and their files."""
        wait(self._native.delete_instance(arguments.whole_number("id", id)))

    def with_token(self, token: str) -> Instance:
        """Returns the instance of an Element token, without looking it up."""
        return Instance(self._native.instance_with_token(arguments.text("token", token)))
