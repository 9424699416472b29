"""Registers a device over MQTT with the public SDK: python register_device.py DEVICE

DEVICE is the path of its files without .fullchain.pem and .key.pem; the settings come from "landfall env".
"""

import os
import sys

from azure.iot.device import ProvisioningDeviceClient, X509

device = sys.argv[1]

client = ProvisioningDeviceClient.create_from_x509_certificate(
    provisioning_host=os.environ["IOT_PROVISIONING_DEVICE_ENDPOINT"],
    registration_id=os.path.basename(device),
    id_scope=os.environ["IOT_PROVISIONING_DEVICE_IDSCOPE"],
    x509=X509(cert_file=device + ".fullchain.pem", key_file=device + ".key.pem"),
)

result = client.register()
print(f"{result.registration_state.device_id} is {result.status} to {result.registration_state.assigned_hub}")
