"""The published Python service SDK 1.2.0: the walk of a back-end program, printed as one JSON line.

Trust comes from REQUESTS_CA_BUNDLE, as docs/clients.md says.
"""

import json
import sys

from provisioningserviceclient import (
    EnrollmentGroup,
    IndividualEnrollment,
    ProvisioningServiceClient,
    QuerySpecification,
)
from provisioningserviceclient.models import AttestationMechanism, InitialTwin

order = json.loads(sys.argv[1])
client = ProvisioningServiceClient.create_from_connection_string(order["connectionString"])
outcome = {}

with open(order["signingCertificate"], encoding="utf-8") as file:
    pem = file.read()
attestation = AttestationMechanism.create_with_x509_signing_certs(pem)
twin = InitialTwin.create(tags={"line": 7, "nested": {"a": None}}, desired_properties={"interval": 5})
group = client.create_or_update(EnrollmentGroup.create(order["groupId"], attestation, initial_twin=twin))
outcome["group"] = {"id": group.enrollment_group_id, "status": group.provisioning_status, "etag": bool(group.etag)}

read = client.get_enrollment_group(order["groupId"])
read.provisioning_status = "disabled"
outcome["updated"] = client.create_or_update(read).provisioning_status

individual = client.create_or_update(
    IndividualEnrollment.create("py-dev:1", AttestationMechanism(type="symmetricKey"))
)
mechanism = client.get_individual_enrollment_attestation_mechanism("py-dev:1")
outcome["keyLength"] = len(mechanism.symmetric_key.primary_key)

by_tpm = IndividualEnrollment.create("py-tpm", AttestationMechanism.create_with_tpm(order["endorsementKey"]))
client.create_or_update(by_tpm)
read = client.get_individual_enrollment("py-tpm")
read.device_id = "py-tpm-device"
changed = client.create_or_update(read)
mechanism = client.get_individual_enrollment_attestation_mechanism("py-tpm")
outcome["tpm"] = {
    "kept": changed.attestation.tpm.endorsement_key == mechanism.tpm.endorsement_key == order["endorsementKey"],
    "deviceId": changed.device_id,
}
try:
    client.create_or_update(IndividualEnrollment.create("py-bad", AttestationMechanism.create_with_tpm("EK")))
except Exception as error:
    outcome["badTpm"] = {"message": str(error), "code": error.cause.error.error_code}

query = client.create_enrollment_group_query(QuerySpecification(query="*"), 1)
outcome["listed"] = [one.enrollment_group_id for page in query for one in page]

try:
    client.get_individual_enrollment("nobody")
except Exception as error:
    outcome["missing"] = {"message": str(error), "code": error.cause.error.error_code}

client.delete(individual)
client.delete_enrollment_group_by_param(order["groupId"])
try:
    client.get_enrollment_group(order["groupId"])
except Exception as error:
    outcome["deleted"] = {"message": str(error), "code": error.cause.error.error_code}
print(json.dumps(outcome), flush=True)
