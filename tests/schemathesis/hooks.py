"""What schemathesis is told besides its configuration: which records there are, and which of its failures are none.

Whatever is not explained here fails the step `schemathesis` of `cargo xtask test`.
"""

from __future__ import annotations

import base64
import json
import os
import re
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count, cycle

import schemathesis

CREATED_OR_FOUND = range(200, 300)
ID = re.compile("([a-z]+_)[0-9a-f]{16}")
ID_PATTERN = re.compile(r"\^\(?([a-z|]+)\)?_")
# How many records of each kind are offered.
OFFERED = 5

TOKEN = "stora-mock-demo-token"
CLIENT = ("stora-mock-client", "stora-mock-secret")
REDIRECT_URI = "http://localhost:3000/callback"
SCOPE = "public.contact:read public.order:write"
# What a verifier of PKCE may look like (RFC 7636, section 4.1).
VERIFIER = re.compile("[A-Za-z0-9._~-]{43,128}")


@schemathesis.hook
def before_load_schema(context, raw_schema) -> None:
    """Puts records of the demo business where otherwise ids would be guessed, which nobody can: nearly every request that names
    a record would end with 404.
    """
    records = records_of(raw_schema)
    put_in_examples(raw_schema, records)
    put_in_paths(raw_schema, records)
    for item in raw_schema["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                put_in_bodies(operation.get("requestBody", {}), records)
    show_ids(raw_schema)


def put_in_examples(document: dict, records: dict[str, list[str]]) -> None:
    """Puts an id of the mock in the place of each id of an example, always the same for the same."""
    supply = {prefix: cycle(ids) for prefix, ids in records.items()}
    chosen: dict[str, str] = {}

    def real(text: str) -> str:
        found = ID.fullmatch(text)
        if found and found[1] in supply and text not in chosen:
            chosen[text] = next(supply[found[1]])
        return chosen.get(text, text)

    replace(document, real)


def put_in_paths(document: dict, records: dict[str, list[str]]) -> None:
    """Offers records that there are, and images, beside whatever else a path may name."""
    for parameter in document["components"]["parameters"].values():
        known = known_by(parameter["schema"], records)
        if parameter["in"] == "path" and known:
            parameter["schema"] = {"anyOf": [{"type": "string", "enum": known}, parameter["schema"]]}
    for parameter in document["paths"]["/2025-09/images/{signed_token}/{filename}"]["get"]["parameters"]:
        position = ["signed_token", "filename"].index(parameter["name"])
        known = sorted({image[position] for image in list(IMAGES.items())[:OFFERED]})
        parameter["schema"] = {"anyOf": [{"type": "string", "enum": known}, parameter["schema"]]}
        parameter["example"] = known[0]


def put_in_bodies(node, records: dict[str, list[str]]) -> None:
    """Offers records that there are beside whatever fits the pattern of an id."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, dict) and known_by(value, records):
            node[key] = {"anyOf": [{"type": "string", "enum": known_by(value, records)}, value]}
        elif isinstance(value, (dict, list)):
            put_in_bodies(value, records)


def show_ids(document: dict) -> None:
    """Says beside the forms of a resource what is the same in all of them: the id.

    With that the tool sees which operation gives the records that another one takes, and calls them one after the other.
    Without it takes `contact_id` for a property of a contact. The document itself keeps the form that the official one has, and
    like that one it has no links.
    """
    for schema in document["components"]["schemas"].values():
        ids = [form.get("properties", {}).get("id") for form in schema.get("oneOf", [])]
        if ids and all(ids):
            schema |= {"type": "object", "required": ["id"], "properties": {"id": ids[0]}}


def known_by(schema: dict, records: dict[str, list[str]]) -> list[str]:
    """The records to offer where a schema asks for an id by its pattern; none for another schema."""
    found = ID_PATTERN.fullmatch(str(schema.get("pattern", "")))
    return [id for name in found[1].split("|") for id in records.get(f"{name}_", [])[:OFFERED]] if found else []


# The site that most of what is offered is at, as what belongs together is at one; the order that each line belongs to; and the file
# of each image.
HOME: list[str] = []
ORDERS: dict[str, str] = {}
IMAGES: dict[str, str] = {}


def records_of(document: dict) -> dict[str, list[str]]:
    """The ids that the lists of the mock show, by their prefix: one of each status first, and lines that can be changed."""
    ids: dict[str, dict[str, None]] = defaultdict(dict)
    # The sites come first, as the others are sorted by them.
    for path, item in sorted(document["paths"].items(), key=lambda entry: not entry[0].endswith("/sites")):
        if "{" in path or path.startswith("/oauth2/") or "get" not in item:
            continue
        answer = ask(f"{path}?limit=100", {"Authorization": f"Bearer {TOKEN}"}).decode()
        IMAGES.update(re.findall(r"/2025-09/images/([^/]+)/([^\"]+)\"", answer))
        members = json.loads(answer)
        rows = next(rows for name, rows in members.items() if name != "meta")
        if path.endswith("/orders"):
            ORDERS.update((line["id"], order["id"]) for order in rows for line in order["line_items"])
            rows.sort(key=lambda order: order["status"] != "draft")
            ids["olitm_"] = {line["id"]: None for order in rows for line in order["line_items"]}
        HOME[:] = HOME or [rows[0]["id"]]
        rows.sort(key=lambda row: row.get("site") not in (None, {"id": HOME[0]}))
        for row in one_of_each_status(rows):
            ids[row["id"].split("_")[0] + "_"][row["id"]] = None
        for found in ID.finditer(answer):
            ids[found[1]][found[0]] = None
    return {prefix: list(found) for prefix, found in ids.items()}


def one_of_each_status(rows: list[dict]) -> Iterator[dict]:
    """Rows, of which the first all have different statuses."""
    seen: set[str | None] = set()
    for row in rows:
        if row.get("status") not in seen:
            seen.add(row.get("status"))
            yield row
    yield from rows


def replace(node, text: Callable[[str], str]) -> None:
    """Puts another text in the place of each text of a JSON document."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, str):
            node[key] = text(value)
        elif isinstance(value, (dict, list)):
            replace(value, text)


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    """Puts right what no schema can say. The tool looks at the request anew afterwards, whether it is valid now."""
    headers, path = case.headers or {}, case.path_parameters or {}
    # A key that comes twice is 409, and the example of the document would come with nearly each request.
    if 1 <= len(headers.get("Idempotency-Key", "")) <= 255:
        headers["Idempotency-Key"] = f"call-{next(CALLS)}"
    # A line is found under its own order alone, and an image under its own name.
    if path.get("line_item_id") in ORDERS:
        path["order_id"] = ORDERS[path["line_item_id"]]
    if path.get("signed_token") in IMAGES:
        path["filename"] = IMAGES[path["signed_token"]]
    state = STATES.get(case.operation.label)
    if state and ID.fullmatch(path.get(state[0], "")) and next(TURNS):
        rows = json.loads(ask(f"{state[1]}&site_id={HOME[0]}&limit=1", {"Authorization": f"Bearer {TOKEN}"}))
        path[state[0]] = next((row["id"] for row in next(iter(rows.values()))), path[state[0]])
    if case.operation.path.startswith("/oauth2/") and next(TURNS):
        for members in (case.query, case.body):
            if isinstance(members, dict):
                authorize(members)


CALLS = count()
# The acts that few records are in the state for, with the parameter that names the record, and the list of those that are.
STATES = {
    "POST /2025-09/units/{unit_id}/reserve": ("unit_id", "/2025-09/units?status=available"),
    "POST /2025-09/orders/{order_id}/line_items": ("order_id", "/2025-09/orders?status=draft"),
}
# Of each four calls one is left as it is: of a record in any state, or by a client that nobody knows.
TURNS = cycle([True, True, True, False])


def authorize(members: dict) -> None:
    """Puts what the demo application has in the place of the texts that stand for such: credentials, scopes, codes and tokens.

    What is no text, or is not there, is the fault that the tool tries.
    """
    for name, of_the_demo in CREDENTIALS.items():
        value = members.get(name)
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
            members[name] = [of_the_demo(members)]
        elif isinstance(value, str):
            members[name] = of_the_demo(members)


def new_code(members: dict) -> str:
    """A code, for the verifier that comes with it."""
    verifier = members.get("code_verifier")
    query = {"response_type": "code", "client_id": CLIENT[0], "redirect_uri": REDIRECT_URI, "scope": SCOPE}
    if isinstance(verifier, str) and VERIFIER.fullmatch(verifier):
        query["code_challenge"] = verifier
    redirect = ask(f"/oauth2/authorize?{urllib.parse.urlencode(query)}").decode()
    return urllib.parse.parse_qs(urllib.parse.urlsplit(redirect).query)["code"][0]


def new_refresh_token(members: dict) -> str:
    """A refresh token that is alive."""
    grant = {"grant_type": "authorization_code", "code": new_code({}), "redirect_uri": REDIRECT_URI}
    return new_token(grant)["refresh_token"]


def new_access_token(members: dict) -> str:
    """An access token that is alive."""
    return new_token({"grant_type": "client_credentials", "scope": SCOPE})["access_token"]


def new_token(grant: dict) -> dict:
    """What the mock gives the demo application for a grant."""
    credentials = base64.b64encode(":".join(CLIENT).encode()).decode()
    return json.loads(ask("/oauth2/token", {"Authorization": f"Basic {credentials}"}, grant))


# What the demo application has to show.
CREDENTIALS: dict[str, Callable[[dict], str]] = {
    "client_id": lambda members: CLIENT[0],
    "client_secret": lambda members: CLIENT[1],
    "redirect_uri": lambda members: REDIRECT_URI,
    "scope": lambda members: SCOPE,
    "code": new_code,
    "refresh_token": new_refresh_token,
    "token": new_access_token,
}


class WithoutRedirects(urllib.request.HTTPRedirectHandler):
    """Takes where it is sent for the answer."""

    def http_error_302(self, request, answer, code, message, headers):
        answer.read = lambda: headers["Location"].encode()
        return answer


def ask(target: str, headers: dict[str, str] | None = None, form: dict[str, str] | None = None) -> bytes:
    """What the mock answers: a body, or where it sends a browser."""
    data = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(os.environ["STORA_MOCK_URL"] + target, data, headers or {})
    with urllib.request.build_opener(WithoutRedirects).open(request) as answer:
        return answer.read()


def names_an_unknown_record(failure, case, response) -> bool:
    """A valid body may name a record that does not exist, or not at this site: 422 `invalid_content`, pointing at the id.

    Among those are texts that fit the pattern of an id and are none, such as `con_` alone: the pattern, which is documented,
    asks for the prefix only. The tool takes 404 for the answer to an unknown id wherever it stands; the API gives 404 for those
    of the path alone.
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
    is_entry = case.operation.path.startswith("/2025-09/timeline/events")
    return failure.code == "ST202" and is_entry and bool(details) and all(" asks for " in at["message"] for at in details)


def has_a_protection_line(failure, case, response) -> bool:
    """An order has one line of protection at most, whichever way the second one is to come (`order_create`)."""
    details = faults(response, 422, "invalid_content")
    is_order = case.operation.path.startswith("/2025-09/orders")
    return failure.code == "ST202" and is_order and any(at["message"].endswith("it can have one at most.") for at in details)


def has_no_catalogue_price(failure, case, response) -> bool:
    """A price may be left out where the catalogue has one for the billing period, which no schema knows."""
    details = faults(response, 422, "invalid_content")
    is_price = bool(details) and all(at["pointer"].endswith("/price") for at in details)
    return failure.code == "ST202" and is_price and all("price has to be given" in at["message"] for at in details)


def was_in_a_stage_that_is_deleted(failure, case, response) -> bool:
    """A deal whose stage was deleted is reopened in another one, which the body then has to name (`deal_reopen`)."""
    details = faults(response, 422, "invalid_content")
    is_reopened = case.operation.label == "POST /2025-09/deals/{deal_id}/reopen"
    return failure.code == "ST202" and is_reopened and [at["pointer"] for at in details] == ["/stage"]


def is_beyond_numbers(failure, case, response) -> bool:
    """Amount and quantity each fit 64 bits, as the document has them; what they make together need not."""
    details = faults(response, 422, "invalid_content")
    return failure.code == "ST202" and bool(details) and all("too large" in at["message"] for at in details)


def leads_nowhere(failure, case, response) -> bool:
    """The pattern of the address of an endpoint asks for its beginning alone; without a host nothing can be sent there."""
    details = faults(response, 422, "invalid_content")
    is_address = "/webhook_endpoints" in case.operation.label and [at["pointer"] for at in details] == ["/url"]
    return failure.code == "ST202" and is_address and "names no host" in details[0]["message"]


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
    """The reference says of two bodies that they may be left out, so that the document asks for all others. It has the server
    take no body for an empty object all the same, where no property is required.
    """
    return (
        failure.code == "ST201"
        and response.status_code in CREATED_OR_FOUND
        and "Missing request body" in failure.message
    )


def is_for_oauth(failure, case, response) -> bool:
    """A server of OAuth "MUST ignore unrecognized request parameters" (RFC 6749, section 3.2), so that they are no fault. The
    document forbids them to clients, as the official one does with all objects.
    """
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


def is_not_granted(failure, case, response) -> bool:
    """Which scopes, codes, verifiers and refresh tokens are good is not for a schema to say. OAuth refuses others with 400."""
    return (
        failure.code == "ST202"
        and case.operation.path == "/oauth2/token"
        and response.status_code == 400
        and json.loads(response.content)["error"] in ("invalid_scope", "invalid_grant")
    )


def sends_the_fault_back(failure, case, response) -> bool:
    """With a client and an address that are known, every other fault goes back with the browser (RFC 6749, section 4.1.2.1)."""
    location = response.headers.get("location", [""])[0]
    return (
        failure.code == "ST201"
        and case.operation.path == "/oauth2/authorize"
        and response.status_code == 302
        and "error" in urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)
    )


def is_not_registered(failure, case, response) -> bool:
    """A browser is sent nowhere for a client that nobody knows, or to an address that is not the client's: that is 400."""
    return (
        failure.code == "ST202"
        and case.operation.path == "/oauth2/authorize"
        and response.status_code == 400
        and json.loads(response.content)["error"] in ("invalid_client", "invalid_request")
    )


def hints_at_another_type(failure, case, response) -> bool:
    """A hint at a type of tokens that there is not does no harm: the server looks among all (RFC 7009, section 2.1)."""
    return (
        failure.code == "ST201"
        and case.operation.path == "/oauth2/revoke"
        and response.status_code == 200
        and "token_type_hint" in failure.message
    )


EXPLANATIONS: list[Callable[..., bool]] = [
    names_an_unknown_record,
    lacks_what_finalizing_asks_for,
    lacks_what_a_template_asks_for,
    has_a_protection_line,
    has_no_catalogue_price,
    was_in_a_stage_that_is_deleted,
    is_beyond_numbers,
    leads_nowhere,
    expands_nothing,
    parts_at_an_escaped_comma,
    has_no_body,
    is_for_oauth,
    leaves_a_parameter_out,
    is_not_granted,
    sends_the_fault_back,
    is_not_registered,
    hints_at_another_type,
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
