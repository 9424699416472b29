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
                "hasProperties": event.raw_amqp_message.properties is not None,
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


def monitor(order):
    """What az iot hub monitor-events does: SASL PLAIN, a redirect, and a READ of what it was sent to."""
    import uamqp
    from uamqp import authentication, errors

    host, policy, token = order["host"], order["policy"], order["token"]
    plain = authentication.SASLPlain(host, f"{policy}@sas.root.{host.split('.')[0]}", token)
    receiver = uamqp.ReceiveClient(f"amqps://{host}/messages/events/$management", auth=plain)
    try:
        receiver.receive_message_batch(max_batch_size=1)
        return {"redirect": None}
    except errors.LinkRedirect as redirect:
        hostname, address = redirect.hostname.decode(), redirect.address.decode()
    finally:
        receiver.close()
    entity = address.split("/")[3]
    source = uamqp.address.Source(f"amqps://{hostname}/{entity}/ConsumerGroups/$Default/Partitions/{order['partition']}")
    source.set_filter(b"amqp.annotation.x-opt-enqueued-time > '0'")
    events = []
    plain = authentication.SASLPlain(host, f"{policy}@sas.root.{host.split('.')[0]}", token)
    with uamqp.ReceiveClient(source, auth=plain, timeout=5000) as reader:
        for message in reader.receive_message_batch(max_batch_size=order["count"]):
            annotations = {text_of(k): text_of(v) for k, v in message.annotations.items()}
            events.append(
                {
                    "body": b"".join(message.get_data()).decode(),
                    "device": annotations["iothub-connection-device-id"],
                }
            )
    return {"redirect": address, "events": events}


def run(order):
    if order["do"] == "monitor":
        return monitor(order)
    if order["do"] == "send":
        return send(order)
    return asyncio.run(read(order))


print(json.dumps(run(json.loads(sys.argv[1])), default=str))
