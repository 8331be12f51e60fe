"""An endpoint that says who it is and what it was sent, and that can go away."""

import contextlib
import http.server
import json
import socket
import threading

from ports import free_port


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        endpoint = self.server.endpoint
        fields = [[name.lower(), value] for name, value in self.headers.items()]
        body = json.dumps({"port": endpoint.port, "fields": fields}).encode()
        self.send_response(endpoint.status)
        self.send_header("content-length", str(len(body)))
        for name, value in endpoint.fields:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def handle_one_request(self):
        # A connection that was kept alive ends with its endpoint.
        if self.server.endpoint.is_down:
            self.close_connection = True
            return
        super().handle_one_request()

    def setup(self):
        super().setup()
        self.server.endpoint.connections.append(self.connection)

    def log_message(self, *_):
        pass


class Endpoint:
    def __init__(self):
        self.port = free_port()
        self.status = 200
        self.fields = []
        self.connections = []
        self.is_down = True
        self.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        """On the port it had."""
        self._server = _Server(("127.0.0.1", self.port), _Handler)
        self._server.endpoint = self
        self.is_down = False
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        """Refuses connections, and ends those that it has."""
        self.is_down = True
        self._server.shutdown()
        self._server.server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()

    def reset(self):
        self.status = 200
        self.fields = []
        if self.is_down:
            self.start()
