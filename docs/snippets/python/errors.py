"""Handles errors by their kind."""

import elementkit as ek

with ek.Platform.embedded("elementkit.db") as platform:
    bt = ek.brighttalk.connect(platform)
    # show
    try:
        bt.records("contactz").to_list(limit=1)
    except ek.NotFoundError as error:
        print(error.code, "-", error.hint)  # not_found - Did you mean contacts?
    except ek.ElementKitError as error:
        if not error.retryable:
            raise
        print("later:", error.message, error.request_id)
    # end
