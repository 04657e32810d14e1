"""The PyPI package kafka-connect-api does what it can with a worker: prints every answer as one JSON object.

Arguments: URL FOLDER TOPIC; in.txt in the folder is what the connector reads.
"""

import json
import sys
import time
from urllib.parse import urlsplit

from kafka_connect_api.errors import ConnectGenericException
from kafka_connect_api.kafka_connect_api import Api, Cluster, Connector

url, folder, topic = sys.argv[1:]
place = urlsplit(url)
cluster = Cluster(Api(place.hostname, port=place.port))
config = {"connector.class": "FileStreamSource", "tasks.max": "1", "file": f"{folder}/in.txt", "topic": topic}
connector = Connector(cluster, "kca")
answers = {}


def case(name, call):
    try:
        answers[name] = call()
    except ConnectGenericException as error:
        answers[name] = {"refused": type(error).__name__, "code": error.code}


def until(states):
    """Waits for the states of the connector and its tasks: Connect does much after it has answered."""
    limit = time.monotonic() + 300
    while True:
        status = connector.status
        found = [status["connector"]["state"]] + [task["state"] for task in status["tasks"]]
        if found == states:
            return status
        if time.monotonic() > limit:
            sys.exit(f"never {states}, but {status}")
        time.sleep(0.05)


def configure(changes):
    connector.config = config | changes


case("cluster", cluster.get)
case("unknown", lambda: connector.status)
case("create", lambda: configure({}))
case("exists", connector.exists)
case("running", lambda: until(["RUNNING", "RUNNING"]))
case("list", lambda: sorted(cluster.connectors))
case("config", lambda: connector.config)
case("tasks", lambda: [[task.id, task.config] for task in connector.tasks])
case("task is running", lambda: connector.tasks[0].is_running())
case("change", lambda: configure({"batch.size": "9"}))
case("changed", lambda: connector.config)
case("settled", lambda: until(["RUNNING", "RUNNING"]))
case("pause", connector.pause)
case("paused", lambda: until(["PAUSED", "PAUSED"]))
case("resume", connector.resume)
case("resumed", lambda: until(["RUNNING", "RUNNING"]))
case("restart", connector.restart)
case("restarted", lambda: until(["RUNNING", "RUNNING"]))
case("restart tasks", connector.restart_all_tasks)
case("restarted tasks", lambda: until(["RUNNING", "RUNNING"]))
case("root logger", lambda: cluster.root_logger["level"])
case("delete", connector.delete)
case("exists after that", connector.exists)
print(json.dumps(answers))
