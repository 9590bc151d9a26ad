"""pywb on a free port of the loopback interface: run with pywb's Python, in the directory of its collections.

Prints `port 12345` among what else pywb prints. (`wayback -p` takes a port that must be known to be free.)
"""

import os

from gevent.monkey import patch_all

patch_all()

from gevent.pywsgi import WSGIServer  # noqa: E402
from pywb.apps.frontendapp import FrontEndApp  # noqa: E402
from pywb.utils.geventserver import RequestURIWSGIHandler  # noqa: E402

server = WSGIServer(("127.0.0.1", 0), FrontEndApp(), handler_class=RequestURIWSGIHandler)
server.start()
print("port", server.server_port, flush=True)
# Nobody reads on.
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
server.serve_forever()
