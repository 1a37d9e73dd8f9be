"""How gunicorn serves; what differs between machines is given on its command line."""

import gc

wsgi_app = "config.wsgi"
workers = 2
max_requests = 50_000  # a busy worker is begun anew every few minutes, in two seconds
max_requests_jitter = 5_000
control_socket_disable = True  # it would lie in the home folder, outside this checkout
timeout = 120  # seconds; a report over a million members on a busy machine takes more than the usual 30


def post_worker_init(worker: object) -> None:
    """What was loaded stays: the collector need not look at it again and again, nor at every few hundred objects of a request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
