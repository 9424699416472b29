"""The published Python device SDK on its hub: told everything by one JSON argument, says what came of it in one JSON line."""
import json
import sys
import threading

from azure.iot.device import IoTHubDeviceClient, IoTHubModuleClient, Message, MethodResponse, X509

order = json.loads(sys.argv[1])
websockets = order["transport"] == "mqttWs"
said = {}
is_module = ";ModuleId=" in order.get("connectionString", "")


def make_client():
    if "connectionString" in order:
        client = IoTHubModuleClient if is_module else IoTHubDeviceClient
        return client.create_from_connection_string(order["connectionString"], websockets=websockets)
    x509 = X509(order["certificate"], order["key"])
    return IoTHubDeviceClient.create_from_x509_certificate(x509, order["host"], order["deviceId"], websockets=websockets)


client = make_client()
heard = {name: threading.Event() for name in ("method", "message", "desired")}


def on_method(request):
    said["method"] = {"name": request.name, "payload": request.payload}
    client.send_method_response(MethodResponse.create_from_method_request(request, 201, request.payload))
    heard["method"].set()


def on_message(message):
    said["message"] = {
        "text": message.data.decode(),
        "id": message.message_id,
        "properties": message.custom_properties,
    }
    heard["message"].set()


def on_desired(patch):
    said["desired"] = patch
    heard["desired"].set()


def ready():
    print(json.dumps({"ready": True}), flush=True)


try:
    client.connect()
    if "method" in order["wait"]:
        client.on_method_request_received = on_method
    if "message" in order["wait"]:
        client.on_message_received = on_message
    if "desired" in order["wait"]:
        client.on_twin_desired_properties_patch_received = on_desired
    message = Message("{\"t\":1}", message_id="first", content_type="application/json", content_encoding="utf-8")
    message.custom_properties["a key"] = "a/b&c=d"
    client.send_message(message)
    client.send_message("")
    if is_module:
        client.on_message_received = on_message
        client.send_message_to_output(Message("out"), "alarms")
    said["twin"] = client.get_twin()
    client.patch_twin_reported_properties({"temperature": {"inside": 21}})
    try:
        client.patch_twin_reported_properties({"a.b": 1})
    except Exception as error:
        said["refused"] = type(error).__name__
    ready()
    for name in order["wait"]:
        said[name + "Came"] = heard[name].wait(20)
except Exception as error:
    said["error"] = {"name": type(error).__name__, "message": str(error)}
client.shutdown()
print(json.dumps(said), flush=True)
