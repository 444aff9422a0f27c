"""What schemathesis is told besides its configuration: which records there are, and which of its failures are none.

Whatever is not explained here fails the step `schemathesis` of `cargo xtask test`.
"""

from __future__ import annotations

import json
import os
import re
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from itertools import cycle

import schemathesis

CREATED_OR_FOUND = range(200, 300)
ID = re.compile("([a-z]+_)[0-9a-f]{16}")


@schemathesis.hook
def before_load_schema(context, raw_schema) -> None:
    """Puts ids of the demo business in the place of those of the examples, and offers them in paths.

    Without this nearly every request that names a record would end with 404, since no id can be guessed.
    """
    records = records_of(os.environ["STORA_MOCK_URL"], raw_schema)
    supply = {prefix: cycle(ids) for prefix, ids in records.items()}
    chosen: dict[str, str] = {}

    def real(text: str) -> str:
        found = ID.fullmatch(text)
        if found and found[1] in supply and text not in chosen:
            chosen[text] = next(supply[found[1]])
        return chosen.get(text, text)

    replace(raw_schema, real)
    for parameter in raw_schema["components"]["parameters"].values():
        known = records.get(parameter["schema"].get("pattern", "")[1:-1])
        if parameter["in"] == "path" and known:
            parameter["schema"] = {"anyOf": [{"type": "string", "enum": known[:5]}, parameter["schema"]]}


def records_of(url: str, document: dict) -> dict[str, list[str]]:
    """The ids that the lists of the mock show, by their prefix."""
    ids: dict[str, dict[str, None]] = defaultdict(dict)
    for path, item in document["paths"].items():
        if "{" in path or path.startswith("/oauth2/") or "get" not in item:
            continue
        request = urllib.request.Request(f"{url}{path}?limit=100", headers={"Authorization": "Bearer stora-mock-demo-token"})
        with urllib.request.urlopen(request) as response:
            for found in re.finditer(f'"({ID.pattern})"', response.read().decode()):
                ids[found[2]][found[1]] = None
    return {prefix: list(found) for prefix, found in ids.items()}


def replace(node, text: Callable[[str], str]) -> None:
    """Puts another text in the place of each text of a JSON document."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, str):
            node[key] = text(value)
        elif isinstance(value, (dict, list)):
            replace(value, text)


def names_an_unknown_record(failure, case, response) -> bool:
    """A valid body may name a record that does not exist, or not at this site: 422 `invalid_content`, pointing at the id.

    The tool takes 404 for the answer to an unknown id wherever it stands; the API gives 404 for those of the path alone.
    """
    details = faults(response, 422, "invalid_content")
    return failure.code == "ST202" and bool(details) and all(is_id(at["pointer"]) for at in details)


def lacks_what_finalizing_asks_for(failure, case, response) -> bool:
    """An order may be incomplete as long as it is a draft; one that is to be finalized at once may not, by no schema."""
    details = faults(response, 422, "invalid_content")
    is_order = case.operation.path.startswith("/2025-09/orders")
    return failure.code == "ST202" and is_order and any(at["message"].endswith(" to be finalized.") for at in details)


def lacks_what_a_template_asks_for(failure, case, response) -> bool:
    """Which records an entry of a timeline has to name depends on its template (E9 of the reference), not on a schema."""
    details = faults(response, 422, "invalid_content")
    is_entry = case.operation.label == "POST /2025-09/timeline/events"
    return failure.code == "ST202" and is_entry and bool(details) and all(" asks for " in at["message"] for at in details)


def is_beyond_numbers(failure, case, response) -> bool:
    """Amount and quantity each fit 64 bits, as the document has them; what they make together need not."""
    details = faults(response, 422, "invalid_content")
    return failure.code == "ST202" and bool(details) and all(at["message"].endswith("is too large.") for at in details)


def expands_nothing(failure, case, response) -> bool:
    """`expand=` is how an empty list is written, and expands nothing.

    The tool writes a list of one empty text likewise, and takes that for the breach of the enum that it cannot be.
    """
    expand = (case.query or {}).get("expand")
    return failure.code == "ST201" and response.status_code in CREATED_OR_FOUND and expand in ([""], "", [])


def parts_at_an_escaped_comma(failure, case, response) -> bool:
    """Most clients write the comma between two values as `%2C`, so that it parts them as well as `,` does.

    The tool makes texts with a comma for ids, which have none; at the end of a value it leaves an empty one behind it.
    """
    query = case.query or {}
    details = faults(response, 422, "invalid_url_param")
    return (
        failure.code == "ST202"
        and bool(details)
        and all(at["message"].endswith("is empty") and "," in "".join(query.get(at["pointer"][1:], [])) for at in details)
    )


def has_no_body(failure, case, response) -> bool:
    """Where no property is required, no body is as good as an empty object, although the document asks for one."""
    return (
        failure.code == "ST201"
        and response.status_code in CREATED_OR_FOUND
        and "Missing request body" in failure.message
    )


def is_for_oauth(failure, case, response) -> bool:
    """A server of OAuth "MUST ignore unrecognized request parameters" (RFC 6749, section 3.2), so that they are no fault."""
    return (
        failure.code == "ST201"
        and case.operation.path.startswith("/oauth2/")
        and any(breach in failure.message for breach in ("object with unexpected properties", "`additionalProperties`"))
    )


def leaves_a_parameter_out(failure, case, response) -> bool:
    """"Parameters sent without a value MUST be treated as if they were omitted" (RFC 6749, section 3.1): so is null."""
    return (
        failure.code == "ST201"
        and case.operation.path.startswith("/oauth2/")
        and isinstance(case.body, dict)
        and None in case.body.values()
    )


def asks_for_no_client(failure, case, response) -> bool:
    """The page of consent is for clients that are registered. The examples are of none, and the refusal of them is 400."""
    return (
        failure.code == "ST202"
        and case.operation.path == "/oauth2/authorize"
        and response.status_code == 400
        and json.loads(response.content)["error"] == "invalid_client"
    )


EXPLANATIONS: list[Callable[..., bool]] = [
    names_an_unknown_record,
    lacks_what_finalizing_asks_for,
    lacks_what_a_template_asks_for,
    is_beyond_numbers,
    expands_nothing,
    parts_at_an_escaped_comma,
    has_no_body,
    is_for_oauth,
    leaves_a_parameter_out,
    asks_for_no_client,
]


@schemathesis.hook
def filter_failure(context, failure, case, response) -> bool:
    """Whether a failure is one: none of the explanations holds for it."""
    return not any(explains(failure, case, response) for explains in EXPLANATIONS)


def faults(response, status: int, code: str) -> list[dict]:
    """The details of an error of this status and code; none if the answer is another."""
    if response.status_code != status:
        return []
    error = json.loads(response.content)["error"]
    return error["details"] if error["code"] == code else []


def is_id(pointer: str) -> bool:
    """Whether a JSON pointer leads to an id: `/contact/id`, `/contact_id`."""
    return pointer.endswith(("/id", "_id"))
