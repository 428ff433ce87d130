"""Connects an element with OAuth 2: a user grants access in a browser on this machine. Then lists its objects.

usage: python granted_access.py ELEMENT [PORT], with ELEMENTKIT_BASE_URL, ELEMENTKIT_USER_SECRET and
ELEMENTKIT_ORGANIZATION_SECRET of the platform, and ELEMENTKIT_OAUTH_API_KEY and ELEMENTKIT_OAUTH_API_SECRET of the
application at the vendor. PORT is the one that is registered there, if the vendor compares it.
"""

import os
import sys
import webbrowser

import elementkit as ek


def connected(platform: ek.Platform, element: str, port: int) -> ek.Instance:
    key, secret = os.environ["ELEMENTKIT_OAUTH_API_KEY"], os.environ["ELEMENTKIT_OAUTH_API_SECRET"]
    with ek.LoopbackCallback.bind(port) as callback:
        login = platform.elements.oauth_url(element, api_key=key, callback_url=callback.url)
        print(f"Open this address to grant access:\n{login.url}", file=sys.stderr)
        webbrowser.open(login.url)
        granted = callback.grant(login)
        configuration = {
            "oauth.api.key": key,
            "oauth.api.secret": secret,
            "oauth.callback.url": callback.url,
        }
    # The instance has the tokens from now on, and renews them: no program needs the code again.
    return platform.instances.connect(element, name=element, configuration=configuration, granted=granted)


def main() -> None:
    with ek.Platform.hosted() as platform:
        instance = connected(platform, sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
        print(f"instance {instance.id}: {', '.join(instance.objects())}")


if __name__ == "__main__":
    main()
