"""The published service SDK for hubs over REST, unmodified: one JSON argument with calls in order, one JSON line out."""

import json
import sys

from azure.iot.hub import IoTHubConfigurationManager, IoTHubJobManager, IoTHubRegistryManager
from azure.iot.hub import models


def plain(value):
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(getattr(value, "items", None), list):
        return plain(value.items)
    return value.as_dict() if hasattr(value, "as_dict") else value


def argument(value):
    """{"$model": "Twin", ...} is an object of that name."""
    if not isinstance(value, dict) or "$model" not in value:
        return value
    members = {name: argument(member) for name, member in value.items() if name != "$model"}
    return getattr(models, value["$model"])(**members)


def call(managers, name, method, *arguments):
    try:
        return {"body": plain(getattr(managers[name], method)(*map(argument, arguments)))}
    except Exception as error:  # pylint: disable=broad-except
        status = getattr(getattr(error, "response", None), "status_code", None)
        return {"error": type(error).__name__, "status": status, "message": str(error)}


def main():
    order = json.loads(sys.argv[1])
    text = order["connectionString"]
    managers = {
        "registry": IoTHubRegistryManager.from_connection_string(text),
        "configurations": IoTHubConfigurationManager.from_connection_string(text),
        "jobs": IoTHubJobManager.from_connection_string(text),
    }
    print(json.dumps([call(managers, *each) for each in order["calls"]], default=str))


main()
