"""Bars over HTTP, with nothing but the standard library."""

import http.client
import json
import os
import random
import time

connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("WINDSOCK_HTTP_PORT", "8030")))
headers = {"Content-Type": "application/json"}  # with a publish key also: "Authorization": "Bearer KEY"
while True:
    value = [random.randint(0, 20) for _ in range(4)]
    message = {
        "id": "bars",
        "type": "bar",
        "name": "Calls",
        "label": ["north", "east", "south", "west"],
        "value": value,
    }
    connection.request("POST", "/v1/messages", json.dumps(message), headers)
    answer = connection.getresponse()
    if answer.status != 202:
        print(answer.status, answer.read().decode())
    answer.read()
    time.sleep(1)
