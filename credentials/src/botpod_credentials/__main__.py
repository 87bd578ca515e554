"""``python -m botpod_credentials`` and the command ``botpod-credentials``: the process beside a bot."""

from __future__ import annotations

import argparse
from pathlib import Path

from botpod_credentials.pod.run import Place, run

PORT = 9091


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(
        prog="botpod-credentials", description="Takes a bot's credentials from Vault into files."
    )
    parser.add_argument("--order", type=Path, required=True, help="what the operator ordered, as JSON")
    parser.add_argument("--passwords", type=Path, required=True, help="the folder with the class's passwords")
    parser.add_argument("--token", type=Path, required=True, help="the token to log in to Vault with")
    parser.add_argument("--folder", type=Path, required=True, help="where the bot finds its credentials")
    parser.add_argument("--port", type=int, default=PORT, help=f"where to answer; {PORT} unless told")
    given = parser.parse_args()
    run(
        Place(
            order=given.order,
            passwords=given.passwords,
            token=given.token,
            folder=given.folder,
            port=given.port,
        )
    )


if __name__ == "__main__":
    main()
