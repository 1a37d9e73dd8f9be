"""python -m config.postgres status | stop | url"""

import sys

from config import environment, postgres


def main(words: list[str]) -> str:
    folder = environment.var(environment.read()) / "postgres"
    match words:
        case ["url"]:
            return postgres.ensure(folder)
        case ["status"]:
            return "running" if postgres.status(folder) else "not running"
        case ["stop"] if folder.exists():
            return "stopped" if postgres.stop(folder) else "was not running"
        case ["stop"]:
            return "was not running"
    sys.exit(__doc__)


if __name__ == "__main__":
    try:
        sys.stdout.write(main(sys.argv[1:]) + "\n")
    except postgres.ServerError as error:
        sys.exit(str(error))
