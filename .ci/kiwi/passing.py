"""What stands between a program and a real Kiwi TCMS: a server on loopback that hands requests on."""

import http.client
import socketserver
import threading


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 64

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        pass


def hand_on(handler, port, body, more=None):
    """Sends a request on, with more headers. Returns the answer and its text."""
    upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    headers = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", "connection", "accept-encoding")}
    upstream.request(handler.command, handler.path, body, {**headers, **(more or {})})
    answer = upstream.getresponse()
    return answer, answer.read()


def hand_back(handler, answer, text):
    """Answers as the server did."""
    handler.send_response_only(answer.status)
    for name in ("content-type", "set-cookie", "date"):
        for value in answer.headers.get_all(name, []):
            handler.send_header(name, value)
    handler.send_header("content-length", str(len(text)))
    handler.end_headers()
    handler.wfile.write(text)
