import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from config.worker import running
from config.worker.supervisor import Program, Supervisor, manage


class Command(BaseCommand):
    help = "Serves the website and the API, and runs the worker beside it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", nargs="?", default="127.0.0.1:8000")
        parser.add_argument("--without-worker", action="store_true")

    def handle(self, *, address: str, without_worker: bool, **_options: object) -> None:
        web = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "--bind", address]
        programs = [Program(name="web", command=web)]
        if not without_worker:
            programs.append(Program(name="worker", command=manage("worker")))
        self.stdout.write(f"http://{address}/")
        self.stdout.flush()
        with running.noted("serve"):
            Supervisor(programs).run()
