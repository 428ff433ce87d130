"""Elements of the asynchronous platform, and the redirect of a vendor to this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping

from .. import _arguments as arguments
from .._call import call
from .._native import NativeElements, NativeLoopback, check_definition, read_definition
from .._types import Definition, DefinitionReport, Finding, Grant, OauthUrl, Record


class AsyncElements:
    """The elements of a platform; each is named by its key or its id.

    Calling it lists them: ``platform.elements()`` is the same as :meth:`list`.
    """

    def __init__(self, native: NativeElements) -> None:
        self._native = native

    async def __call__(self) -> list[Record]:
        """Returns all elements."""
        return await call(self._native.list())

    async def get(self, element: str) -> Record:
        """Returns one element; :class:`NotFoundError` if no element has that key or id."""
        return await call(self._native.get(arguments.text("element", element)))

    async def metadata(self, element: str) -> Record:
        """Returns the capabilities of an element, such as its ``authenticationType`` (spec P 5)."""
        return await call(self._native.metadata(arguments.text("element", element)))

    async def configuration(self, element: str) -> list[Record]:
        """Returns the configuration that instances of an element accept: ``key``, ``name``, ``required``, defaults."""
        return await call(self._native.configuration(arguments.text("element", element)))

    async def import_(self, definition: Definition) -> Record:
        """Imports a definition as a new element of the organization (spec E 2.1).

        It can be connected at once by its key: ``platform.instances.connect("acme", …)``.

        Parameters
        ----------
        definition
            A document, or the path of a file or folder: one JSON or YAML, or a folder with scripts in files.

        Raises
        ------
        InvalidRequestError
            The definition has a problem; :meth:`check` finds all of them.
        ConflictError
            An element has its key.
        PermissionDeniedError
            The caller may not write elements.
        """
        return await call(self._native.create(await self._document(definition)))

    async def replace(self, element: str, definition: Definition) -> Record:
        """Replaces the definition of an element (spec E 2.3); the errors are those of :meth:`import_`.

        It applies to calls from then on; running bulk jobs finish with the one they began with.
        """
        of = arguments.text("element", element)
        return await call(self._native.replace(of, await self._document(definition)))

    async def export(self, element: str) -> Record:
        """Returns the definition of an element: what was imported, with ids and defaults (spec E 1.97)."""
        return await call(self._native.export(arguments.text("element", element)))

    async def remove(self, element: str) -> None:
        """Removes an element of the organization (spec E 2.4); :class:`ConflictError` while it has instances."""
        await call(self._native.remove(arguments.text("element", element)))

    async def check(self, definition: Definition) -> DefinitionReport:
        """Returns the findings in a definition, without a call to the platform (spec E 1.10)."""
        found = await call(check_definition(await self._document(definition)))
        problems, remarks = ([Finding(**each) for each in found[kind]] for kind in ("problems", "remarks"))
        return DefinitionReport(problems, remarks)

    async def _document(self, definition: Definition) -> str:
        """Returns a definition as JSON."""
        if not isinstance(definition, str | os.PathLike):
            return arguments.json_object("definition", definition)
        read = await call(read_definition(arguments.path("definition", definition)))
        return arguments.json_text("definition", read)

    async def oauth_url(
        self,
        element: str,
        *,
        callback_url: str | None = None,
        api_key: str | None = None,
        scope: str | None = None,
        state: str | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> OauthUrl:
        """Returns the address at which a user grants access to an element with OAuth (spec E 4.24).

        Open its ``url`` in a browser. The vendor sends the user to the callback with a code: a
        :class:`AsyncLoopbackCallback` receives it on this machine, :meth:`OauthUrl.grant` reads it from an address.
        Pass the grant to :meth:`AsyncInstances.connect` with the configuration ``oauth.api.key``, ``oauth.api.secret``
        and ``oauth.callback.url``.

        Parameters
        ----------
        element
            Its key or id.
        callback_url
            Where the vendor sends the user; by default the element's own.
        api_key
            The client id of the application; by default the element's own.
        scope
            The scopes, separated as the vendor expects it; by default the element's own.
        state
            What the vendor repeats to the callback; random by default.
        parameters
            Values for placeholders of the address, for instance ``siteAddress``. OAuth 1 needs the client secret, as
            ``apiSecret``.

        Raises
        ------
        InvalidRequestError
            The element does not use OAuth 2, or a value is missing that has no default.
        """
        given = {"callbackUrl": callback_url, "apiKey": api_key, "scope": scope, "state": state}
        options = dict(arguments.text_pairs("parameters", parameters))
        options |= {name: arguments.text(name, value) for name, value in given.items() if value is not None}
        pending = self._native.oauth_url(arguments.text("element", element), arguments.json_text("options", options))
        return OauthUrl(*await call(pending))

    async def list(self) -> list[Record]:
        """Returns all elements."""
        return await call(self._native.list())


class AsyncLoopbackCallback:
    """Receives the code of a vendor when a user granted access in a browser on this machine (spec E 4.60).

    Bind it, pass its :attr:`url` as ``callback_url`` and as ``oauth.callback.url``, open the address of
    :meth:`AsyncElements.oauth_url`, then wait for :meth:`grant`.
    """

    def __init__(self, native: NativeLoopback) -> None:
        self._native = native

    @classmethod
    async def bind(cls, port: int = 0) -> AsyncLoopbackCallback:
        """Listens on 127.0.0.1.

        Parameters
        ----------
        port
            0 selects a free one. A vendor that compares the whole address needs the one that is registered there.

        Raises
        ------
        ConfigError
            The port cannot be used.
        """
        return cls(await call(NativeLoopback.bind(arguments.port("port", port))))

    @property
    def url(self) -> str:
        """The address of the callback."""
        return self._native.url

    async def grant(self, login: OauthUrl) -> Grant:
        """Waits for the redirect of a login, at most 5 minutes, and closes the callback; other requests are ignored.

        Raises
        ------
        AuthenticationError
            The user or the vendor denied access.
        TimeoutError
            Access was not granted in time.
        """
        return Grant(await call(self._native.code(login.state)), login.state)

    def close(self) -> None:
        """Stops listening. Has no effect once :meth:`grant` was called."""
        self._native.close()

    async def __aenter__(self) -> AsyncLoopbackCallback:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
