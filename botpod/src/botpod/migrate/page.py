"""The page that ``botpod migrate`` prints: YAML to apply as it is, and in its comments what to do. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def page(manifest: Mapping[str, Any], *, file: Path, name: str, mount: str, path: str, options: str) -> str:
    """Return the page; ``options`` are those that the command was given, to be given again."""
    command = f"botpod migrate {shlex.quote(str(file))}{options}"
    policy = (
        f'path "{mount}/data/{path}" {{capabilities=["read"]}} '
        f'path "{mount}/metadata/{path}" {{capabilities=["read"]}}'
    )
    head = f"""\
# 1. The credentials go into Vault through a pipe: no argument, no history and no file has them.
#      {command} --credentials | vault kv put {mount}/{path} -
# 2. The bot's ServiceAccount may read them (where the namespace is default and the mount kubernetes):
#      vault policy write {name} - <<< '{policy}'
#      vault write auth/kubernetes/role/{name} bound_service_account_names=bot-{name} \\
#        bound_service_account_namespaces=default audience=vault policies={name}
# 3. The bot; end it on this host first, or both answer:
#      {command} | kubectl apply -f -
"""
    return head + yaml.safe_dump(dict(manifest), sort_keys=False, allow_unicode=True, width=110)
