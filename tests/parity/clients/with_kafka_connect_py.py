"""The PyPI package kafka-connect-py does what it can with a worker: prints every answer as one JSON object.

Arguments: URL FOLDER TOPIC; in.txt in the folder is what the connector reads.
"""

import json
import sys
import time

import requests
from kafka_connect import KafkaConnect

url, folder, topic = sys.argv[1:]
client = KafkaConnect(url=url)
config = {"connector.class": "FileStreamSource", "tasks.max": "1", "file": f"{folder}/in.txt", "topic": topic}
answers = {}


def case(name, call):
    try:
        answers[name] = call()
    except (requests.HTTPError, ValueError) as error:
        response = getattr(error, "response", None)
        answers[name] = {"refused": type(error).__name__, "body": response.text if response is not None else str(error)}


def until(states):
    """Waits for the states of the connector and its tasks: Connect does much after it has answered."""
    limit = time.monotonic() + 300
    while True:
        status = client.get_connector_status("kcp")
        found = [status["connector"]["state"]] + [task["state"] for task in status["tasks"]]
        if found == states:
            return status
        if time.monotonic() > limit:
            sys.exit(f"never {states}, but {status}")
        time.sleep(0.05)


case("cluster", client.get_cluster_info)
case("list, empty", client.list_connectors)
case("create", lambda: client.create_connector({"name": "kcp", "config": config})["config"])
case("create again", lambda: client.create_connector({"name": "kcp", "config": config}))
case("create, wrong", lambda: client.create_connector({"name": "bad", "config": {"connector.class": "FileStreamSource"}}))
case("status", lambda: until(["RUNNING", "RUNNING"]))
case("list", client.list_connectors)
case("list, with info", lambda: client.list_connectors(expand="info"))
case("list, with status", lambda: client.list_connectors(expand="status"))
case("list, by pattern and state", lambda: client.list_connectors(expand="status", pattern="k.*", state="RUNNING"))
case("get", lambda: client.get_connector("kcp"))
case("config", lambda: client.get_connector_config("kcp"))
case("tasks", lambda: client.list_connector_tasks("kcp"))
case("task status", lambda: client.get_connector_task_status("kcp", 0))
case("update", lambda: client.update_connector("kcp", config | {"batch.size": "7"})["config"])
case("updated", lambda: until(["RUNNING", "RUNNING"]))
case("pause", lambda: client.pause_connector("kcp"))
case("paused", lambda: until(["PAUSED", "PAUSED"]))
case("resume", lambda: client.resume_connector("kcp"))
case("resumed", lambda: until(["RUNNING", "RUNNING"]))
case("restart", lambda: client.restart_connector("kcp"))
case("restarted", lambda: until(["RUNNING", "RUNNING"]))
case("restart task", lambda: client.restart_connector_task("kcp", 0))
case("restarted task", lambda: until(["RUNNING", "RUNNING"]))
case("topics", lambda: sorted(client.list_connector_topics("kcp")))
case("reset topics", lambda: client.reset_connector_topics("kcp"))
case("stop", lambda: client.stop_connector("kcp"))
case("stopped", lambda: until(["STOPPED"]))
case("validate", lambda: client.validate_connector_config("FileStreamSource", {"connector.class": "FileStreamSource"})["error_count"])
case("plugins", lambda: sorted(p["class"] for p in client.list_connector_plugins() if ".file." in p["class"]))
case("unknown", lambda: client.get_connector("nope"))
case("delete", lambda: client.delete_connector("kcp"))
case("delete again", lambda: client.delete_connector("kcp"))
case("list, empty again", client.list_connectors)
print(json.dumps(answers))
