"""The published service SDKs for hubs over AMQP, unmodified: one JSON argument in, one JSON line out."""

import asyncio
import json
import sys


def send(order):
    from azure.iot.hub import IoTHubRegistryManager

    registry = IoTHubRegistryManager.from_connection_string(order["connectionString"])
    outcomes = []
    for message in order["messages"]:
        try:
            registry.send_c2d_message(message["deviceId"], message["body"], message.get("properties", {}))
            outcomes.append({})
        except Exception as error:  # pylint: disable=broad-except
            outcomes.append({"error": type(error).__name__, "message": str(error)})
    return {"sent": outcomes}


def text_of(value):
    return value.decode() if isinstance(value, bytes) else value


async def read(order):
    from azure.eventhub.aio import EventHubConsumerClient

    events = []
    enough = asyncio.Event()
    client = EventHubConsumerClient.from_connection_string(
        order["connectionString"],
        consumer_group=order.get("group", "$Default"),
        connection_verify=order["rootCaPath"],
        retry_total=0,
    )

    async def on_event(_partition, event):
        events.append(
            {
                "body": event.body_as_str(),
                "sequence": event.sequence_number,
                "offset": event.offset,
                "enqueued": event.enqueued_time.isoformat(),
                "system": {text_of(k): text_of(v) for k, v in event.system_properties.items()},
                "properties": {text_of(k): text_of(v) for k, v in event.properties.items()},
            }
        )
        if len(events) >= order["count"]:
            enough.set()

    async with client:
        hub = await client.get_eventhub_properties()
        partitions = [await client.get_partition_properties(one) for one in hub["partition_ids"]]
        reading = asyncio.create_task(client.receive(on_event, starting_position=order.get("start", "-1")))
        await asyncio.wait_for(enough.wait(), 30)
        reading.cancel()
    return {"hub": hub, "partitions": partitions, "events": events}


def run(order):
    if order["do"] == "send":
        return send(order)
    return asyncio.run(read(order))


print(json.dumps(run(json.loads(sys.argv[1])), default=str))
