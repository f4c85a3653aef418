"""Debian's python3-kubernetes against a cluster: KUBECONFIG names it, IMAGE is what its containers run."""

import json
import os
import subprocess
import sys
import unittest
import uuid

from kubernetes import client, config, dynamic, utils, watch
from kubernetes.client.exceptions import ApiException
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock
from kubernetes.stream import stream

IMAGE = os.environ["IMAGE"]
SECONDS = 60


class ClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        config.load_kube_config()
        cls.core = client.CoreV1Api()
        cls.apps = client.AppsV1Api()

    def setUp(self):
        self.namespace = "python-" + uuid.uuid4().hex[:8]
        self.core.create_namespace({"metadata": {"name": self.namespace}})

    def tearDown(self):
        self.core.delete_namespace(self.namespace)

    def configmap(self, name, **data):
        body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels={"made": "here"}), data=data)
        return self.core.create_namespaced_config_map(self.namespace, body)

    def names(self, **options):
        return [o.metadata.name for o in self.core.list_namespaced_config_map(self.namespace, **options).items]

    def run_pod(self, name, *command):
        container = {"name": "main", "image": IMAGE, "command": list(command)}
        spec = {"containers": [container], "restartPolicy": "Never", "terminationGracePeriodSeconds": 0}
        self.core.create_namespaced_pod(self.namespace, {"metadata": {"name": name}, "spec": spec})

    def phase(self, name, wanted):
        selector = "metadata.name=" + name
        events = watch.Watch()
        for event in events.stream(self.core.list_namespaced_pod, self.namespace, field_selector=selector, timeout_seconds=SECONDS):
            if event["object"].status.phase == wanted:
                events.stop()
                return event["object"]
        self.fail(f"{name} did not become {wanted}")

    def test_create_read_patch_replace_delete(self):
        made = self.configmap("one", a="1")
        self.assertTrue(made.metadata.uid)
        self.core.patch_namespaced_config_map("one", self.namespace, {"data": {"b": "2"}})
        read = self.core.read_namespaced_config_map("one", self.namespace)
        self.assertEqual(read.data, {"a": "1", "b": "2"})
        read.data = {"c": "3"}
        self.assertEqual(self.core.replace_namespaced_config_map("one", self.namespace, read).data, {"c": "3"})
        with self.assertRaises(ApiException) as stale:
            self.core.replace_namespaced_config_map("one", self.namespace, read)
        self.assertEqual((stale.exception.status, stale.exception.reason), (409, "Conflict"))
        self.core.delete_namespaced_config_map("one", self.namespace)
        with self.assertRaises(ApiException) as gone:
            self.core.read_namespaced_config_map("one", self.namespace)
        self.assertEqual(gone.exception.status, 404)
        self.assertIn('configmaps \\"one\\" not found', gone.exception.body)

    def test_lists_by_selector_and_page(self):
        for name in ["a", "b", "c"]:
            self.configmap(name)
        self.assertEqual(self.names(label_selector="made=here"), ["a", "b", "c"])
        self.assertEqual(self.names(field_selector="metadata.name=b"), ["b"])
        page = self.core.list_namespaced_config_map(self.namespace, label_selector="made=here", limit=2)
        self.assertEqual(len(page.items), 2)
        token = page.metadata._continue
        self.assertEqual(self.names(label_selector="made=here", limit=2, _continue=token), ["c"])

    def test_watches_from_a_revision(self):
        version = self.core.list_namespaced_config_map(self.namespace).metadata.resource_version
        self.configmap("seen", a="1")
        self.core.patch_namespaced_config_map("seen", self.namespace, {"data": {"a": "2"}})
        self.core.delete_namespaced_config_map("seen", self.namespace)
        events, told = watch.Watch(), []
        options = {"resource_version": version, "label_selector": "made=here", "timeout_seconds": SECONDS}
        for event in events.stream(self.core.list_namespaced_config_map, self.namespace, **options):
            told.append((event["type"], event["object"].data["a"]))
            if event["type"] == "DELETED":
                events.stop()
        self.assertEqual(told, [("ADDED", "1"), ("MODIFIED", "2"), ("DELETED", "2")])

    def test_a_pod_its_log_and_a_command_in_it(self):
        self.run_pod("talker", "sh", "-c", "echo one; echo two; sleep 600")
        self.phase("talker", "Running")
        log = ""
        while log != "one\ntwo\n":
            log = self.core.read_namespaced_pod_log("talker", self.namespace)
        self.assertEqual(self.core.read_namespaced_pod_log("talker", self.namespace, tail_lines=1), "two\n")
        run = self.core.connect_get_namespaced_pod_exec
        options = {"stderr": True, "stdin": False, "stdout": True, "tty": False}
        said = stream(run, "talker", self.namespace, command=["sh", "-c", "echo said $((6*7))"], **options)
        self.assertEqual(said, "said 42\n")
        failed = stream(run, "talker", self.namespace, command=["sh", "-c", "exit 7"], _preload_content=False, **options)
        failed.run_forever(timeout=SECONDS)
        self.assertEqual(failed.returncode, 7)

    def test_a_pod_that_ends(self):
        self.run_pod("short", "sh", "-c", "exit 3")
        state = self.phase("short", "Failed").status.container_statuses[0].state.terminated
        self.assertEqual((state.exit_code, state.reason), (3, "Error"))

    def test_a_deployment_and_its_scale(self):
        labels = {"app": "web"}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": IMAGE, "command": ["sleep", "600"]}], "terminationGracePeriodSeconds": 0}}
        spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
        self.apps.create_namespaced_deployment(self.namespace, {"metadata": {"name": "web"}, "spec": spec})
        events = watch.Watch()
        for event in events.stream(self.apps.list_namespaced_deployment, self.namespace, timeout_seconds=SECONDS):
            if event["object"].status.available_replicas == 2:
                events.stop()
        self.apps.patch_namespaced_deployment_scale("web", self.namespace, {"spec": {"replicas": 0}})
        self.assertIsNone(self.apps.read_namespaced_deployment_scale("web", self.namespace).spec.replicas, "Go leaves out a zero")
        self.assertEqual(self.apps.read_namespaced_deployment("web", self.namespace).spec.replicas, 0)

    def test_objects_from_yaml(self):
        objects = [
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}},
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": {"a": "b"}},
        ]
        utils.create_from_yaml(client.ApiClient(), yaml_objects=objects, namespace=self.namespace)
        self.assertEqual(self.core.read_namespaced_secret("keys", self.namespace).data, {"a": "Yg=="})
        self.assertTrue(self.core.read_namespaced_service("web", self.namespace).spec.cluster_ip)

    def test_the_dynamic_client_and_server_side_apply(self):
        maps = dynamic.DynamicClient(client.ApiClient()).resources.get(api_version="v1", kind="ConfigMap")
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": {"a": "1"}}
        options = {"name": "applied", "namespace": self.namespace, "content_type": "application/apply-patch+yaml"}
        made = maps.patch(body=json.dumps(body), field_manager="python", **options)
        self.assertEqual(made.metadata.managedFields[0].manager, "python")
        with self.assertRaises(ApiException) as conflict:
            maps.patch(body=json.dumps({**body, "data": {"a": "2"}}), field_manager="other", **options)
        self.assertEqual(conflict.exception.status, 409)
        self.assertEqual(json.loads(conflict.exception.body)["message"], 'Apply failed with 1 conflict: conflict with "python": .data.a')
        maps.delete(name="applied", namespace=self.namespace)

    def candidate(self, name):
        program = [sys.executable, __file__, "candidate", self.namespace, name]
        process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def holder(self):
        lock = self.core.read_namespaced_config_map("lock", self.namespace)
        return json.loads(lock.metadata.annotations["control-plane.alpha.kubernetes.io/leader"])["holderIdentity"]

    def test_leaders_follow_one_another(self):
        first = self.candidate("first")
        self.assertEqual(first.stdout.readline(), "first leads\n")
        second = self.candidate("second")
        self.assertEqual(self.holder(), "first")
        first.kill()
        self.assertEqual(second.stdout.readline(), "second leads\n")
        self.assertEqual(self.holder(), "second")

    def test_what_is_refused(self):
        with self.assertRaises(ApiException) as invalid:
            self.core.create_namespaced_service(self.namespace, {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 0}]}})
        self.assertEqual(invalid.exception.status, 422)
        self.assertIn("spec.ports[0].port", invalid.exception.body)


def stand_for_election(namespace, name):
    """Prints a line when it leads, and leads until it is killed."""
    config.load_kube_config()
    lock = ConfigMapLock("lock", namespace, name)
    times = {"lease_duration": 3, "renew_deadline": 2, "retry_period": 1}
    leads = lambda: print(name, "leads", flush=True)
    leaderelection.LeaderElection(electionconfig.Config(lock, onstarted_leading=leads, onstopped_leading=None, **times)).run()


if __name__ == "__main__":
    stand_for_election(*sys.argv[2:])
