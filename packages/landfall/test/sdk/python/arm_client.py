"""The published Python management SDK, 2.1.0 or 1.1.0: the walk of an administrator's program, printed as one JSON line.

Trust comes from REQUESTS_CA_BUNDLE, as docs/clients.md says. 1.1.0, which the Azure command line pins, stands in a
directory of its own beside the newer one.
"""

import base64
import json
import os
import sys
import time

order = json.loads(sys.argv[1])
if order["version"] == "1.1.0":
    sys.path.insert(0, os.path.join(sys.prefix, "py1"))

import azure.mgmt.iothubprovisioningservices as sdk  # noqa: E402
from azure.core.credentials import AccessToken  # noqa: E402
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError  # noqa: E402
from azure.mgmt.iothubprovisioningservices import models  # noqa: E402


class Credential:
    def get_token(self, *scopes, **kwargs):
        return AccessToken(order["token"], int(time.time()) + 3600)


client = sdk.IotDpsClient(
    Credential(),
    "00000000-0000-0000-0000-000000000000",
    base_url=order["endpoint"],
    credential_scopes=[order["endpoint"] + "/.default"],
)
resources, certificates = client.iot_dps_resource, client.dps_certificate
place = {"resource_group_name": "landfall", "provisioning_service_name": "landfall"}
outcome = {"version": sdk.__version__}


def save(service):
    return resources.begin_create_or_update(iot_dps_description=service, **place).result()


def told(call, **arguments):
    try:
        call(**arguments)
    except HttpResponseError as error:
        return {"name": type(error).__name__, "status": error.status_code, "message": str(error)}
    return {}


def policies():
    return list(resources.list_keys(**place))


def walk_service():
    service = resources.get(**place)
    before = policies()
    service.tags = {"plant": "7"}
    started = time.monotonic()
    saved = save(service)
    outcome["seconds"] = time.monotonic() - started
    outcome["saved"] = {"tags": saved.tags, "idScope": saved.properties.id_scope, "state": saved.properties.state}
    outcome["keysKept"] = [one.primary_key for one in policies()] == [one.primary_key for one in before]
    outcome["listed"] = [one.name for one in resources.list_by_subscription()]
    outcome["skus"] = [one.name for one in resources.list_valid_skus(**place)]
    name = resources.check_provisioning_service_name_availability(arguments=models.OperationInputs(name="landfall"))
    outcome["nameAvailable"] = name.name_available
    tags = resources.begin_update(provisioning_service_tags=models.TagsResource(tags={}), **place).result()
    outcome["tags"] = tags.tags


def walk_policies():
    rule = models.SharedAccessSignatureAuthorizationRuleAccessRightsDescription
    service = resources.get(**place)
    service.properties.authorization_policies = [*policies(), rule(key_name="py", rights="EnrollmentWrite")]
    save(service)
    made = resources.list_keys_for_key_name(key_name="py", **place)
    made.primary_key = None
    service = resources.get(**place)
    service.properties.authorization_policies = [*policies()[:-1], made]
    save(service)
    rotated = resources.list_keys_for_key_name(key_name="py", **place)
    outcome["rotated"] = {"secondary": rotated.secondary_key == made.secondary_key, "length": len(rotated.primary_key)}
    service.etag = None
    service.properties.authorization_policies = policies()[:-1]
    save(service)
    outcome["policies"] = [one.key_name for one in policies()]
    outcome["gone"] = told(resources.list_keys_for_key_name, key_name="py", **place)


def walk_hubs():
    service = resources.get(**place)
    link = models.IotHubDefinitionDescription(connection_string=order["hub"], location="westeurope")
    service.properties.iot_hubs.append(link)
    save(service)
    service = resources.get(**place)
    service.properties.iot_hubs[-1].allocation_weight = 7
    saved = save(service)
    hub = saved.properties.iot_hubs[-1]
    outcome["hub"] = {"name": hub.name, "connectionString": hub.connection_string, "weight": hub.allocation_weight}
    service = resources.get(**place)
    service.properties.iot_hubs.pop()
    outcome["hubs"] = len(save(service).properties.iot_hubs)


def body_of(certificate):
    if sdk.__version__.startswith("1."):
        return models.CertificateBodyDescription(certificate=certificate)
    return models.CertificateResponse(properties=models.CertificateProperties(certificate=certificate.encode()))


def match(etag):
    """2.x takes an etag and a condition, 1.x the header."""
    if sdk.__version__.startswith("1."):
        return {"if_match": etag}
    from azure.core import MatchConditions

    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}


def begin_certificate():
    with open(order["certificate"], encoding="utf-8") as file:
        pem = file.read()
    text = base64.b64encode(pem.encode()).decode() if sdk.__version__.startswith("1.") else pem
    created = certificates.create_or_update(
        certificate_name="py-ca", certificate_description=body_of(text), **place
    )
    code = certificates.generate_verification_code(certificate_name="py-ca", **match(created.etag), **place)
    outcome["certificate"] = {
        "subject": created.properties.subject,
        "verified": created.properties.is_verified,
        "created": str(created.properties.created),
    }
    outcome["stale"] = told(
        certificates.generate_verification_code, certificate_name="py-ca", **match(created.etag), **place
    )
    outcome["code"] = {"value": code.properties.verification_code, "etag": code.etag}


def finish_certificate():
    with open(order["proof"], encoding="utf-8") as file:
        request = models.VerificationCodeRequest(certificate=base64.b64encode(file.read().encode()).decode())
    verified = certificates.verify_certificate(
        certificate_name="py-ca", request=request, **match(order["etag"]), **place
    )
    outcome["verified"] = verified.properties.is_verified
    outcome["names"] = [one.name for one in certificates.list(**place).value]
    certificates.delete(certificate_name="py-ca", **match(verified.etag), **place)
    outcome["deleted"] = told(certificates.get, certificate_name="py-ca", **place)


def be_refused():
    service = resources.get(**place)
    service.etag = "stale"
    outcome["refused"] = told(save, service=service)
    try:
        resources.get(resource_group_name="landfall", provisioning_service_name="other")
    except ResourceNotFoundError as error:
        outcome["missing"] = str(error)


for step in order["steps"]:
    {
        "service": walk_service,
        "policies": walk_policies,
        "hubs": walk_hubs,
        "certificate": begin_certificate,
        "proof": finish_certificate,
        "refused": be_refused,
    }[step]()
print(json.dumps(outcome), flush=True)
