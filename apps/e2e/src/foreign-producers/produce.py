"""Produces what it reads, with confluent-kafka: one JSON object per line of standard input.

  {"topic", "partition", "key": base64|null, "headers": [[name, base64|null], ...], "value": base64|null,
   "padTo": bytes, "copies": count}

`padTo` appends spaces to the value until it has that many bytes; `copies` produces the record that often. For each record
a line {"partition", "offset"} or {"error"} is printed, in the order of the input. Records that are read before the first
is sent share one batch per partition, as far as `batch.size` allows. Nothing about the records is checked.
"""
import base64
import json
import sys

from confluent_kafka import Producer

brokers, codec, linger_ms = sys.argv[1:]

MOST = 1_000_000_000
producer = Producer(
    {
        "bootstrap.servers": brokers,
        "compression.type": codec,
        "linger.ms": int(linger_ms),
        "acks": "all",
        # In order, whatever is sent again.
        "max.in.flight": 1,
        # The broker decides what is too large, and counts compressed bytes; this client counts uncompressed ones.
        "message.max.bytes": MOST,
        "batch.size": 900_000 if codec == "none" else MOST,
        "queue.buffering.max.kbytes": 2_000_000,
        "message.timeout.ms": 60_000,
    }
)


def decoded(text):
    return None if text is None else base64.b64decode(text)


records = [json.loads(line) for line in sys.stdin]
# Records that are handed over before the client knows the topic wait elsewhere and become a batch of their own: how many
# they are would be the machine's affair.
for topic in {record["topic"] for record in records}:
    producer.list_topics(topic, timeout=60)
results = []
for record in records:
    value = decoded(record["value"])
    if "padTo" in record:
        value = value.ljust(record["padTo"])
    for _ in range(record.get("copies", 1)):
        result = {}
        results.append(result)

        def delivered(error, message, result=result):
            if error is not None:
                result["error"] = error.name()
            else:
                result.update(partition=message.partition(), offset=str(message.offset()))

        producer.produce(
            record["topic"],
            value=value,
            key=decoded(record["key"]),
            partition=record["partition"],
            headers=[(name, decoded(text)) for name, text in record["headers"]],
            on_delivery=delivered,
        )
producer.flush()
for result in results:
    print(json.dumps(result))
