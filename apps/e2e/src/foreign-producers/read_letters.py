"""Reads dead-letter topics from their beginning until it is stopped, with confluent-kafka, and prints a line for each record:

  {"key": base64|null, "value": base64|null, "headers": {name: text}}

Only headers whose name begins with `dlq_` are printed.
"""
import base64
import json
import sys

from confluent_kafka import Consumer

brokers, group, topics = sys.argv[1:]
consumer = Consumer({"bootstrap.servers": brokers, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False, "fetch.wait.max.ms": 100})
consumer.subscribe(topics.split(","))


def encoded(data):
    return None if data is None else base64.b64encode(data).decode()


while True:
    message = consumer.poll(1.0)
    if message is None or message.error() is not None:
        continue
    headers = {name: (value or b"").decode(errors="replace") for name, value in message.headers() or [] if name.startswith("dlq_")}
    print(json.dumps({"key": encoded(message.key()), "value": encoded(message.value()), "headers": headers}), flush=True)
