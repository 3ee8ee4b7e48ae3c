"""The host names the tenant."""

import pytest
from antiphon.api.tenancy import tenant_of
from antiphon.errors import TenantUnknown

from .world import Api


@pytest.mark.parametrize(
    ("host", "tenant"),
    [
        ("localhost", "demo"),
        ("localhost:8080", "demo"),
        ("LOCALHOST.", "demo"),
        ("127.0.0.1:8080", "demo"),
        ("192.168.1.7", "demo"),
        ("[::1]:8080", "demo"),
        ("[::1]", "demo"),
        ("::1", "demo"),
        ("", "demo"),
        ("acme.localhost:8080", "acme"),
        ("ACME.localhost", "acme"),
        ("acme-2.calls.example.com", "acme-2"),
    ],
)
def test_a_host_names_a_tenant(host: str, tenant: str) -> None:
    assert tenant_of(host) == tenant


@pytest.mark.parametrize("host", ["a_b.localhost", "-x.localhost", "9.localhost", "*", "a b"])
def test_a_host_that_cannot_be_a_tenant_is_unknown(host: str) -> None:
    with pytest.raises(TenantUnknown):
        tenant_of(host)


@pytest.mark.parametrize("path", ["/v1/contacts/c-1/transcript", "/v1/contacts/c-1/events"])
async def test_a_tenant_that_is_not_registered_is_not_found(api: Api, path: str) -> None:
    answer = await api.http.get(path, headers={"Host": "acme.localhost"})

    assert (answer.status_code, answer.json()["code"]) == (404, "tenant_unknown")


async def test_a_command_for_an_unregistered_tenant_records_nothing(api: Api) -> None:
    body = {"contact_id": "c-1", "instance_arn": "arn"}

    answer = await api.http.post("/v1/contacts", json=body, headers={"Host": "acme.localhost"})

    assert (answer.status_code, answer.json()["code"]) == (404, "tenant_unknown")
    assert await api.facts() == []


async def test_addresses_are_the_demo_tenant(api: Api) -> None:
    body = {"contact_id": "c-1", "instance_arn": "arn"}

    answer = await api.http.post("/v1/contacts", json=body, headers={"Host": "127.0.0.1:8080"})

    assert answer.status_code == 201
