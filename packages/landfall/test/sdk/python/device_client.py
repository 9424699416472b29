"""The published Python device SDK, told everything by one JSON argument; prints one JSON line.

Trust comes from SSL_CERT_FILE, as docs/clients.md says.
"""

import json
import sys

from azure.iot.device import X509, ProvisioningDeviceClient

order = json.loads(sys.argv[1])
common = {
    "provisioning_host": order["host"],
    "registration_id": order["registrationId"],
    "id_scope": order["idScope"],
    "websockets": order.get("transport") == "mqttWs",
}
if "symmetricKey" in order:
    client = ProvisioningDeviceClient.create_from_symmetric_key(symmetric_key=order["symmetricKey"], **common)
else:
    x509 = X509(cert_file=order["certificate"], key_file=order["key"])
    client = ProvisioningDeviceClient.create_from_x509_certificate(x509=x509, **common)
if "payload" in order:
    client.provisioning_payload = order["payload"]

try:
    result = client.register()
    state = result.registration_state
    outcome = {
        "result": {
            "status": result.status,
            "operationId": result.operation_id,
            "deviceId": state.device_id,
            "assignedHub": state.assigned_hub,
            "substatus": state.sub_status,
            "text": str(result),
        }
    }
except Exception as error:  # whatever the SDK raises is what its user sees
    cause = error.__cause__
    outcome = {"error": {"name": type(error).__name__, "message": str(error), "cause": str(cause) if cause else None}}
print(json.dumps(outcome), flush=True)
