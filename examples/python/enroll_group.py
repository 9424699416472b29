"""Lets every device in whose certificate was signed by one CA: python enroll_group.py CA.cert.pem [GROUP]"""

import os
import sys

from provisioningserviceclient import ProvisioningServiceClient
from provisioningserviceclient.models import AttestationMechanism, EnrollmentGroup

certificate_path = sys.argv[1]
group_id = sys.argv[2] if len(sys.argv) > 2 else "my-devices"

client = ProvisioningServiceClient.create_from_connection_string(
    os.environ["IOT_PROVISIONING_SERVICE_CONNECTION_STRING"]
)

with open(certificate_path) as file:
    attestation = AttestationMechanism.create_with_x509_signing_certs(file.read())

print("Initiating enrollment group creation...")
client.create_or_update(EnrollmentGroup.create(group_id, attestation))
print("Enrollment group created.")
